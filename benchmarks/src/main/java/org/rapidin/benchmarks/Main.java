package org.rapidin.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./rapidin bench}. */
@Command(
    name = "rapidin",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Measures the speed, the memory and the fault tolerance of RapidIn.",
    subcommands = BenchCommand.class)
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
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }
}
