package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;

/** Indexes many documents. */
record ManyDocuments(int count) implements FaultRun {
  private static final double GROWTH = 1.02;

  @Override
  public int row() {
    return 13;
  }

  @Override
  public String description() {
    return "%d documents: resident memory does not grow by more than 2 %%".formatted(count);
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of())) {
      long idle = node.residentBytesWithWholeHeap();
      send(node, count / 3);
      long before = node.residentBytesWithWholeHeap();
      send(node, count);
      long after = node.residentBytesWithWholeHeap();
      String figures =
          "%d MiB idle, %d MiB before, %d MiB after"
              .formatted(idle >> 20, before >> 20, after >> 20);
      FaultRun.require(after < GROWTH * before, figures);
      return figures;
    }
  }

  private static void send(BenchNode node, int documents) throws Exception {
    List<String> lines = DemoNode.documents(documents).stream().map(ObjectNode::toString).toList();
    new BulkRun(node.client(), BenchNode.NAME).send(lines, 64, 2);
  }
}
