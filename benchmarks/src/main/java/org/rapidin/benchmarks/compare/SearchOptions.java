package org.rapidin.benchmarks.compare;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of the part that searches stored vectors through REST. */
final class SearchOptions {
  @Option(
      names = "--stored",
      split = ",",
      paramLabel = "N",
      defaultValue = "6000",
      description = {
        "Vectors of the index that is searched through REST, ascending (${DEFAULT-VALUE}).",
        "52000 (6.8 GB) take a quarter of an hour, 1000,10000,52000,140000 an hour and 80 GB of disk."
      })
  private List<Integer> sizes;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Of each load in each round (${DEFAULT-VALUE}).")
  private int seconds;

  List<Integer> sizes() {
    return sizes;
  }

  Duration time() {
    return Duration.ofSeconds(seconds);
  }
}
