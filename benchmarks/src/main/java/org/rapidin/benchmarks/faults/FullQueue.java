package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.model.ModelShape;
import org.rapidin.benchmarks.model.SyntheticModel;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.MemoryWatch;
import org.rapidin.benchmarks.node.ResidentMemory;

/** Many clients write to a node with a model of 135 million parameters and a short queue. */
record FullQueue(int clients, int bulksEach) implements FaultRun {
  private static final int BULK = 4;
  private static final int TOKENS = 64;

  /** What libraries, threads and the JVM itself take, and what malloc keeps. */
  private static final long UNCOUNTED_BYTES = 1L << 30;

  @Override
  public int row() {
    return 18;
  }

  @Override
  public String description() {
    return "%d clients fill the queue of a 135M model: 429 for what is too much, each document gets its vector in the end, memory within the plugin's count and 1 GiB"
        .formatted(clients);
  }

  @Override
  public String run() throws Exception {
    SyntheticModel model = new SyntheticModel(ModelShape.SMOLLM_135M);
    Map<String, String> settings = Map.of("plugins.rapidin.gradient.queue_size", "4");
    try (BenchNode node =
        BenchNode.start(
            "faults", model.writeTo(BenchNode.files().resolve("models")), "1g", settings)) {
      String id = model.shape().id();
      node.createIndex(
          BenchNode.attributor(id, SyntheticModel.ADAPTER, "{{p}} ", "{{c}}", TOKENS), 1);
      List<String> documents = documents(model);
      try (MemoryWatch watch = new MemoryWatch(node)) {
        BulkRun.Result result =
            new BulkRun(node.client(), BenchNode.NAME).send(documents, BULK, clients);
        return check(node, result, watch.most());
      }
    }
  }

  private List<String> documents(SyntheticModel model) {
    Random random = new Random(5);
    return IntStream.range(0, clients * bulksEach * BULK)
        .mapToObj(i -> model.document(random, TOKENS))
        .toList();
  }

  private static String check(BenchNode node, BulkRun.Result result, ResidentMemory most)
      throws Exception {
    node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
    JsonNode hits =
        node.client()
            .send(
                "POST",
                "/" + BenchNode.NAME + "/_count",
                "{\"query\":{\"exists\":{\"field\":\"gradient\"}}}");
    long vectors = hits.path("count").asLong();
    long counted = node.stats().path("native_memory").path("peak_in_bytes").asLong();
    String figures =
        "%d documents, %d vectors, %d answers with 429, %d MiB counted, %d MiB resident outside of the heap"
            .formatted(
                result.documents(),
                vectors,
                result.rejected(),
                counted >> 20,
                most.nativeBytes() >> 20);
    FaultRun.require(vectors == result.documents() && result.rejected() > 0, figures);
    FaultRun.require(most.nativeBytes() < counted + UNCOUNTED_BYTES, figures);
    return figures;
  }
}
