package org.rapidin.benchmarks.faults;

import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;

/** Loads and unloads the model again and again. */
record LoadCycles(int cycles) implements FaultRun {
  private static final double GROWTH = 1.02;

  @Override
  public int row() {
    return 14;
  }

  @Override
  public String description() {
    return "%d load and unload cycles: resident memory does not grow by more than 2 %%"
        .formatted(cycles);
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of())) {
      cycle(node, cycles / 5);
      long before = node.residentBytesWithWholeHeap();
      cycle(node, cycles);
      long after = node.residentBytesWithWholeHeap();
      String figures = "%d MiB before, %d MiB after".formatted(before >> 20, after >> 20);
      FaultRun.require(after < GROWTH * before, figures);
      return figures;
    }
  }

  private static void cycle(BenchNode node, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      node.client().send("POST", "/_plugins/_rapidin/models/demo/_load", null);
      node.client().send("POST", "/_plugins/_rapidin/models/demo/_unload", null);
    }
  }
}
