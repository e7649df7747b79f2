package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that names a file for the figures of a {@link Report}. */
public final class ReportFile {
  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures there.")
  private Path json;

  /** Ends a report, and writes it where the option says so. */
  public void finish(Report report) throws IOException {
    report.finish(json);
  }
}
