package org.rapidin.demo;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./rapidin train-demo}, {@code evaluate} and {@code check-model}. */
@Command(
    name = "rapidin",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Trains the demo model, evaluates influence, and checks models.",
    subcommands = {TrainDemoCommand.class, EvaluateCommand.class, CheckModelCommand.class})
public final class Main {
  private Main() {}

  /**
   * Runs a command and exits with status 0 on success, 1 on failure and 2 on wrong usage.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }
}
