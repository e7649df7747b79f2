package org.rapidin.distribution;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./rapidin demo} and {@code ./rapidin up}. */
@Command(
    name = "rapidin",
    description = "RapidIn for OpenSearch: which training documents made the model say this?",
    mixinStandardHelpOptions = true,
    subcommands = {DemoCommand.class, UpCommand.class})
public final class Main {

  /** Runs a command and exits with its status. */
  public static void main(String[] arguments) {
    System.exit(commands().execute(arguments));
  }

  /** The commands; a failure is printed as one sentence, without a stack trace. */
  static CommandLine commands() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("rapidin: " + reason(failure));
              return 1;
            });
  }

  /** Returns the message of a failure. A FileSystemException's is often the path alone. */
  private static String reason(Exception failure) {
    return switch (failure) {
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileSystemException other -> other.toString();
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }

  /** The project's folder, which contains {@code config/} and the assembled node. */
  public static Path root() {
    return Path.of(System.getProperty("rapidin.root")).toAbsolutePath().normalize();
  }

  /** The assembled OpenSearch home. */
  public static Path home() {
    return root().resolve("distribution/target/opensearch");
  }
}
