package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.model.ModelShape;
import org.rapidin.benchmarks.model.SyntheticModel;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.distribution.MemoryCgroup;

/**
 * Indexes long documents with 135 million parameters from several clients, in a control group that
 * has too little memory for the passes that the machine's memory would allow.
 */
record MemoryCap(long limitBytes) implements FaultRun {
  private static final int DOCUMENTS = 32;
  private static final int TOKENS = 512;
  private static final int CLIENTS = 4;

  @Override
  public int row() {
    return 15;
  }

  @Override
  public String description() {
    return "container of %d MiB: bulks are stored or answered with 429, the node is not killed"
        .formatted(limitBytes >> 20);
  }

  @Override
  public String run() throws Exception {
    SyntheticModel model = new SyntheticModel(ModelShape.SMOLLM_135M);
    Path directory = model.writeTo(BenchNode.files().resolve("models"));
    try (MemoryCgroup group = MemoryCgroup.create(limitBytes);
        BenchNode node = BenchNode.start("faults", directory, "1g", Map.of(), group)) {
      node.createIndex(
          BenchNode.attributor(
              ModelShape.SMOLLM_135M.id(), SyntheticModel.ADAPTER, "{{p}} ", "{{c}}", TOKENS),
          1);
      Random random = new Random(5);
      List<String> documents =
          IntStream.range(0, DOCUMENTS).mapToObj(i -> model.document(random, TOKENS)).toList();
      BulkRun.Result result =
          new BulkRun(node.client(), BenchNode.NAME).send(documents, DOCUMENTS / CLIENTS, CLIENTS);
      JsonNode memory = node.stats().path("native_memory");
      return "%d documents stored, %d answers of 429, resident %d MiB, native limit %d MiB, peak of reservations %d MiB"
          .formatted(
              result.documents(),
              result.rejected(),
              node.usage().residentBytes() >> 20,
              memory.path("limit_in_bytes").asLong() >> 20,
              memory.path("peak_in_bytes").asLong() >> 20);
    }
  }
}
