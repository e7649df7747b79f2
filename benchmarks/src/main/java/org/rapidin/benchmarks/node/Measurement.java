package org.rapidin.benchmarks.node;

import java.io.IOException;
import org.rapidin.distribution.ProcessUsage;

/**
 * What a node used for some work.
 *
 * @param run the work
 * @param peakResidentBytes most resident memory during the work
 * @param userSeconds CPU time in user mode
 * @param systemSeconds CPU time in the kernel
 */
public record Measurement(
    BulkRun.Result run, long peakResidentBytes, double userSeconds, double systemSeconds) {

  /** Work on a node. */
  @FunctionalInterface
  public interface Work {
    /** Does the work. */
    BulkRun.Result run() throws IOException, InterruptedException;
  }

  /** Measures some work of a node. */
  public static Measurement of(BenchNode node, Work work) throws IOException, InterruptedException {
    ProcessUsage.resetPeak(node.process().pid());
    ProcessUsage before = node.usage();
    BulkRun.Result run = work.run();
    ProcessUsage after = node.usage();
    return new Measurement(
        run,
        after.peakResidentBytes(),
        after.userSeconds() - before.userSeconds(),
        after.systemSeconds() - before.systemSeconds());
  }
}
