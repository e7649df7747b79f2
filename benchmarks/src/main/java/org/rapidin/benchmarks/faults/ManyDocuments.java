package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.MemoryWatch;

/**
 * Indexes many documents with a small model: stories260K of the reference data that {@value
 * #FOLDER} names, else the demo's.
 *
 * @param few documents after which native memory is compared with the idle node's
 * @param more documents that follow, and that it must not grow with
 */
record ManyDocuments(int few, int more) implements FaultRun {
  private static final String FOLDER = "RAPIDIN_REFERENCE_DATA";
  private static final String MODEL = "stories260K";
  private static final double GROWTH = 1.02;
  private static final long NATIVE_BYTES = 400L << 20;

  /** The plugin returns free memory one second after the last gradient, and looks once a second. */
  private static final long PAUSE_MILLIS = 5_000;

  @Override
  public int row() {
    return 13;
  }

  @Override
  public String description() {
    return "%d documents: at most %d MiB of native memory above the idle node; %d more: resident memory does not grow by more than 2 %%"
        .formatted(few, NATIVE_BYTES >> 20, more);
  }

  @Override
  public String run() throws Exception {
    Path model = model();
    boolean demo = model.equals(DemoNode.models());
    try (BenchNode node = BenchNode.start("faults", model, "512m", Map.of());
        MemoryWatch watch = new MemoryWatch(node)) {
      long idle = node.residentBytesWithWholeHeap();
      node.createIndex(demo ? DemoNode.attributor() : DemoNode.attributor(MODEL, null, 256), 1);
      long before = after(node, few);
      long after = after(node, more);
      String figures =
          "%s, MiB with the whole heap: %d idle, %d (%d more) after %d documents, %d (%d more) after %d; while they were computed at most %d of native memory"
              .formatted(
                  demo ? "demo" : MODEL,
                  idle >> 20,
                  before >> 20,
                  before - idle >> 20,
                  few,
                  after >> 20,
                  after - idle >> 20,
                  few + more,
                  watch.most().nativeBytes() >> 20);
      FaultRun.require(before - idle <= NATIVE_BYTES && after < GROWTH * before, figures);
      return figures;
    }
  }

  /** Resident memory when documents were indexed and free memory has gone back to the kernel. */
  private static long after(BenchNode node, int documents) throws Exception {
    send(node, documents);
    Thread.sleep(PAUSE_MILLIS);
    return node.residentBytesWithWholeHeap();
  }

  private static Path model() {
    String folder = System.getenv(FOLDER);
    Path model = folder == null ? null : Path.of(folder, MODEL);
    return model != null && Files.isDirectory(model) ? model : DemoNode.models();
  }

  private static void send(BenchNode node, int documents) throws Exception {
    List<String> lines = DemoNode.documents(documents).stream().map(ObjectNode::toString).toList();
    new BulkRun(node.client(), BenchNode.NAME).send(lines, 64, 2);
  }
}
