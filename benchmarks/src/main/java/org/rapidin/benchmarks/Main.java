package org.rapidin.benchmarks;

import org.rapidin.benchmarks.demo.EvaluateDemoCommand;
import org.rapidin.benchmarks.demo.TrainDemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./rapidin train-demo}, {@code evaluate-demo} and {@code bench}. */
@Command(
    name = "rapidin",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Trains the demo's model and measures what RapidIn does.",
    subcommands = {TrainDemoCommand.class, EvaluateDemoCommand.class, BenchCommand.class})
public final class Main {
  private Main() {}

  /**
   * Runs a command and exits: 0 done, 1 failed, 2 wrong usage.
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
