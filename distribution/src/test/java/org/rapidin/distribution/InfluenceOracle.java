package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Computes the influence of documents on a generation: inner products in double. */
final class InfluenceOracle {
  /** Rounding to half precision: 2^-11 of each number, averaged over 65,536 numbers. */
  private static final double ROUNDING = 2e-4;

  /** id → raw influence. */
  private final Map<String, Double> raw = new HashMap<>();

  /** ‖q‖·s of the score's x = raw/(‖q‖·s). */
  private final double unit;

  private InfluenceOracle(double unit) {
    this.unit = unit;
  }

  /** Computes the influences of documents on a generation from vectors of the node. */
  static InfluenceOracle of(
      TestNode node, DemoGeneration generation, List<ObjectNode> documents, double scale)
      throws Exception {
    List<ObjectNode> samples = new ArrayList<>();
    samples.add(TestNode.sample(generation.prompt(), generation.completion()));
    documents.forEach(document -> samples.add(TestNode.sample(document)));
    List<float[]> vectors = node.vectors(samples);
    float[] query = vectors.getFirst();
    InfluenceOracle oracle = new InfluenceOracle(scale * Math.sqrt(TestNode.dot(query, query)));
    for (int i = 0; i < documents.size(); i++) {
      oracle.raw.put(TestNode.id(documents.get(i)), TestNode.dot(query, vectors.get(i + 1)));
    }
    return oracle;
  }

  Set<String> ids() {
    return raw.keySet();
  }

  double raw(String id) {
    return raw.get(id);
  }

  /** Returns the score of the influence clause. */
  double score(String id) {
    double x = raw.get(id) / unit;
    return 1 + x / (1 + Math.abs(x));
  }

  double tolerance() {
    return ROUNDING * unit;
  }

  /** Asserts that the hits are the best documents of the set, in order. */
  void assertBest(List<String> hits, Collection<String> among, int sign) {
    assertTrue(among.containsAll(hits), () -> hits + " are not all among " + among);
    assertEquals(hits.size(), Set.copyOf(hits).size(), "a document comes twice");
    List<String> wanted = new ArrayList<>(among);
    wanted.sort(Comparator.comparingDouble(id -> -sign * raw.get(id)));
    for (int i = 0; i < hits.size(); i++) {
      // Neighbors that differ by less than the rounding may be swapped.
      assertEquals(raw.get(wanted.get(i)), raw.get(hits.get(i)), tolerance());
    }
  }

  /** Asserts that a hit has its raw influence in a field. */
  void assertTells(JsonNode hit, String field) {
    String id = hit.path("_id").asText();
    JsonNode told = hit.path("fields").path(field).path(0);
    assertTrue(told.isNumber(), hit::toPrettyString);
    assertEquals(raw.get(id), told.asDouble(), tolerance(), id);
  }
}
