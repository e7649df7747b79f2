package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;

/** Compares stored vectors with vectors that are computed again. */
final class StoredVectors {

  private StoredVectors() {}

  /**
   * The largest relative difference between a stored vector's inner product with its document's
   * vector, computed now, and that vector's squared norm.
   *
   * @param documents by id, all of them stored
   */
  static double difference(BenchNode node, Map<String, ObjectNode> documents)
      throws IOException, InterruptedException {
    double largest = 0;
    for (Map.Entry<String, ObjectNode> document : documents.entrySet()) {
      String vector = vector(node, document.getValue());
      double norm = squaredNorm(vector);
      double influence = influence(node, document.getKey(), vector);
      largest = Math.max(largest, Math.abs(influence - norm) / norm);
    }
    return largest;
  }

  private static String vector(BenchNode node, ObjectNode document)
      throws IOException, InterruptedException {
    ObjectNode body = DemoNode.JSON.createObjectNode();
    body.putArray("samples").add(DemoNode.sample(document));
    String path = "/_plugins/_rapidin/attributors/%s/_vectorize".formatted(BenchNode.NAME);
    JsonNode answer = node.client().send("POST", path, body.toString());
    return answer.path("vectors").path(0).path("vector").asText();
  }

  private static double influence(BenchNode node, String id, String vector)
      throws IOException, InterruptedException {
    ObjectNode search = DemoNode.JSON.createObjectNode().put("_source", false);
    ObjectNode influence = search.putObject("query").putObject("influence").putObject("gradient");
    influence.put("vector", vector);
    influence.putObject("filter").putObject("ids").putArray("values").add(id);
    JsonNode hits =
        node.client().send("POST", "/" + BenchNode.NAME + "/_search", search.toString());
    return hits.path("hits")
        .path("hits")
        .path(0)
        .path("fields")
        .path("influence")
        .path(0)
        .asDouble(Double.NaN);
  }

  private static double squaredNorm(String vector) {
    FloatBuffer values =
        ByteBuffer.wrap(Base64.getDecoder().decode(vector))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    double sum = 0;
    while (values.hasRemaining()) {
      double value = values.get();
      sum += value * value;
    }
    return sum;
  }
}
