package org.rapidin.benchmarks.gradient;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.distribution.ProcessUsage;

/** What one way of computing gradients costs per document, round by round. */
final class Costs {
  private final String what;
  private final List<Double> cpuMillis = new ArrayList<>();
  private final List<Double> wallMillis = new ArrayList<>();
  private long peakBytes;

  Costs(String what) {
    this.what = what;
  }

  static double cpuSeconds(ProcessUsage before, ProcessUsage after) {
    return after.userSeconds()
        + after.systemSeconds()
        - before.userSeconds()
        - before.systemSeconds();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /**
   * Runs work once and notes its costs.
   *
   * @param documents of one worker
   * @param workers do the work at the same time
   */
  void measure(Runnable work, int documents, Workers workers)
      throws IOException, InterruptedException {
    long process = ProcessHandle.current().pid();
    ProcessUsage.resetPeak(process);
    ProcessUsage before = ProcessUsage.of(process);
    long start = System.nanoTime();
    workers.run(work);
    double wall = (System.nanoTime() - start) / 1e6;
    ProcessUsage after = ProcessUsage.of(process);
    double all = (double) documents * workers.count();
    add(cpuSeconds(before, after) * 1e3 / all, wall / all, after.peakResidentBytes());
  }

  /** Notes the costs of one round of the peer. */
  void add(PeerLoop.Cost cost) {
    add(cost.cpuMillis(), cost.wallMillis(), cost.peakBytes());
  }

  /** Notes the costs of one round, per document. */
  private void add(double cpu, double wall, long peak) {
    cpuMillis.add(cpu);
    wallMillis.add(wall);
    peakBytes = Math.max(peakBytes, peak);
  }

  private static double median(List<Double> values) {
    return median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * Adds a row of medians.
   *
   * @param floorMillis CPU time of the matrix products alone
   * @param peer what to compare with; nothing if it has no rounds
   */
  void report(Report report, String shape, int tokens, double floorMillis, Costs peer) {
    if (cpuMillis.isEmpty()) {
      return;
    }
    double cpu = median(cpuMillis);
    ObjectNode row = report.row(what);
    row.put("shape", shape).put("tokens", tokens);
    row.put("cpu_ms", cpu).put("documents_s", 1000 / median(wallMillis));
    row.put("products", floorMillis / cpu);
    row.put("peak_mb", peakBytes >> 20);
    if (!peer.cpuMillis.isEmpty()) {
      row.put("peer_cpu", median(peer.cpuMillis) / cpu);
      row.put("peer_wall", median(peer.wallMillis) / median(wallMillis));
    }
    report.add(row);
  }
}
