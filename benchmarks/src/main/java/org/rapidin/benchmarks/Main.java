package org.rapidin.benchmarks;

import org.rapidin.benchmarks.demo.TrainDemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the benchmarks. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Trains the demo's model and measures what RapidIn does.",
    subcommands = TrainDemoCommand.class)
public final class Main {
  private Main() {}

  /**
   * Runs a command and exits: 0 done, 1 failed, 2 wrong usage.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
