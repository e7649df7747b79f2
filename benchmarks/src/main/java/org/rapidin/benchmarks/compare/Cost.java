package org.rapidin.benchmarks.compare;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What some work took once.
 *
 * @param wallMillis from its beginning to its end
 * @param cpuMillis of all its threads
 */
record Cost(double wallMillis, double cpuMillis) {
  /** Something to be measured. */
  @FunctionalInterface
  interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** Does work on this thread. */
  static Cost of(Work work) throws Exception {
    long start = System.nanoTime();
    long cpu = cpuNanos(work);
    return new Cost((System.nanoTime() - start) / 1e6, cpu / 1e6);
  }

  /** Does all parts at the same time, each on its own thread. */
  static Cost of(List<Work> parts) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(parts.size())) {
      List<Callable<Long>> tasks = new ArrayList<>();
      parts.forEach(part -> tasks.add(() -> cpuNanos(part)));
      long start = System.nanoTime();
      long cpu = 0;
      for (Future<Long> each : pool.invokeAll(tasks)) {
        cpu += each.get();
      }
      return new Cost((System.nanoTime() - start) / 1e6, cpu / 1e6);
    }
  }

  private static long cpuNanos(Work work) throws Exception {
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    work.run();
    return threads.getCurrentThreadCpuTime() - before;
  }
}
