package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.Explanation;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.Sample;

/** The errors of hits, against plain computations with the vectors of all texts. */
public class CalibrationTests extends CalibrationTestCase {
  public void testIntervalsHoldTheInfluencesOfTheGradients() throws IOException {
    Map<String, Object> identity = Map.of("method", "identity");
    put("layer", of(identity, "layer"));
    put("none", of(identity, "none"));
    List<Sample> documents = documents(DOCUMENTS);
    for (Map<String, Object> compression :
        List.<Map<String, Object>>of(
            Map.of("method", "rapidgrad", "dimension", 1024),
            Map.of("method", "random", "dimension", 512),
            Map.of("method", "logra", "rank", 16),
            Map.of("method", "trackstar", "dimension", 2048),
            Map.of("method", "trackstar", "dimension", 2048, "unit_norm", false))) {
      boolean trackStar = compression.get("method").equals("trackstar");
      boolean unit = trackStar && !compression.containsKey("unit_norm");
      fill("a", of(compression, trackStar ? "none" : "layer"), documents);
      List<float[]> exact = rows(trackStar ? "none" : "layer");
      float[] query = vectors(trackStar ? "none" : "layer", List.of(QUERY)).getFirst();
      int known = 0;
      int held = 0;
      double squares = 0;
      for (SearchHit hit : search(query(""), "true", "")) {
        float[] document = exact.get(Integer.parseInt(hit.getId()));
        double right = dot(query, document);
        if (unit) {
          right /= Math.sqrt(dot(query, query) * dot(document, document));
        }
        List<?> interval = (List<?>) calibration(hit).get("interval");
        if (interval == null) {
          assertTrue(calibration(hit).get("reason").toString().contains("too few layers"));
          continue;
        }
        known++;
        double low = ((Number) interval.get(0)).doubleValue();
        double high = ((Number) interval.get(1)).doubleValue();
        squares += Math.pow((raw(hit) - right) / number(hit, "standard_error"), 2);
        held += right >= low && right <= high ? 1 : 0;
        assertEquals(raw(hit), (low + high) / 2, 1e-6 * (high - low));
        assertEquals(0, number(hit, "storage_error"), 0);
        assertEquals(number(hit, "compression_error"), number(hit, "standard_error"), 0);
        assertTrue(number(hit, "standard_error") > 0);
      }
      // Of 40 intervals of 95 %, with one seed.
      assertTrue(compression + " held %s of %s".formatted(held, known), held >= 0.82 * known);
      // Errors that are far too large hold all. Where a side has few numbers, they may be less.
      assertTrue(compression + ": errors are too large, " + squares, squares > 0.1 * known);
      // A sketch has an error for every hit, projections of this model's few layers for some.
      boolean projected = trackStar || compression.get("method").equals("logra");
      assertTrue(compression + " known " + known, known >= (projected ? 1 : DOCUMENTS));
      remove();
    }
  }

  public void testTheErrorOfASketchIsThatOfTheTheory() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    List<float[]> rows = rows("a");
    float[] query = vectors("a", List.of(QUERY)).getFirst();
    for (SearchHit hit : search(query(""), "{}", "")) {
      float[] row = rows.get(Integer.parseInt(hit.getId()));
      double variance = (dot(query, query) * dot(row, row) + Math.pow(dot(query, row), 2)) / 512;
      assertEquals(1, number(hit, "standard_error") / Math.sqrt(variance), 1e-3);
    }
    Explanation explained =
        client()
            .prepareExplain("a", "7")
            .setQuery(QueryBuilders.wrapperQuery(query("")))
            .get()
            .getExplanation();
    Explanation error = explained.getDetails()[1];
    assertTrue(error.getDescription(), error.getDescription().startsWith("standard error of raw"));
    assertTrue(error.getValue().doubleValue() > 0);
  }

  /** The largest of noisy influences is too large more often than too small. */
  public void testTheLargestOfSeveralInfluencesHasNoError() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    fit("b", background(Map.of()), null);
    float[] one = vectors("a", List.of(QUERY)).getFirst();
    float[] two = vectors("a", List.of(new Sample("why", "so"))).getFirst();
    double mean =
        rows("a").stream()
            .mapToDouble(row -> Math.max(dot(one, row), dot(two, row)))
            .average()
            .orElseThrow();
    String set =
        "{\"influence\":{\"gradient\":{\"combine\":\"%s\",\"generations\":[{\"prompt\":\"what is it?\\n\",\"completion\":\"it is a cat\"},{\"prompt\":\"why\",\"completion\":\"so\"}]}}}";
    for (SearchHit hit : search(set.formatted("max"), "{\"background\":\"b\"}", "")) {
      String reason = calibration(hit).get("reason").toString();
      assertTrue(reason, reason.contains("the largest of those on several generations"));
      assertFalse(calibration(hit).containsKey("interval"));
      assertFalse(calibration(hit).containsKey("rank"));
      Map<?, ?> compared = (Map<?, ?>) calibration(hit).get("background");
      double deviation = (double) compared.get("standard_deviation");
      assertEquals(mean, (double) compared.get("mean"), 0.001 * deviation);
    }
    for (SearchHit hit : search(set.formatted("mean"), "true", "")) {
      assertTrue(number(hit, "standard_error") > 0);
    }
  }

  public void testHitsWithoutAnErrorHaveTheReason() throws IOException {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    fit("f", fisher("a", Map.of()), null);
    for (SearchHit hit : search(query(",\"preconditioner\":\"f\""), "true", "")) {
      String reason = calibration(hit).get("reason").toString();
      assertTrue(reason, reason.contains("fitted to compressed vectors"));
      assertFalse(calibration(hit).containsKey("standard_error"));
      assertFalse(calibration(hit).containsKey("rank"));
    }
    for (SearchHit hit : search(query(",\"modules\":[\"*.mlp.*\"]"), "true", "")) {
      assertTrue(
          calibration(hit).containsKey("standard_error")
              ? number(hit, "standard_error") > 0
              : calibration(hit).get("reason").toString().contains("too few layers"));
    }
    remove();
    fill("a", of(Map.of("method", "identity"), "layer"), documents(10));
    for (SearchHit hit : search(query(""), "true", "")) {
      assertEquals(0, number(hit, "standard_error"), 0);
    }
  }

  public void testTheBackgroundIsAFixedSampleOfVectors() throws IOException {
    fill("a", spec("tiny", "logra", Map.of()), documents(DOCUMENTS));
    StoredArtefact stored = fit("b", background(Map.of()), null);
    assertEquals(DOCUMENTS, stored.content().orElseThrow().documents());
    assertEquals("background", artefacts("b").getFirst().toMap().get("type"));
    float[] query = vectors("a", List.of(QUERY)).getFirst();
    double[] sample = rows("a").stream().mapToDouble(row -> dot(query, row)).toArray();
    double mean = Arrays.stream(sample).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(sample).map(x -> (x - mean) * (x - mean)).sum() / (DOCUMENTS - 1));
    List<Double> pValues = new ArrayList<>();
    for (SearchHit hit : search(query(""), "{\"background\":\"b\"}", "")) {
      Map<?, ?> compared = (Map<?, ?>) calibration(hit).get("background");
      assertEquals(DOCUMENTS, compared.get("documents"));
      // Rows of half precision: 0.1 % of the spread.
      assertEquals(mean, (double) compared.get("mean"), 0.001 * deviation);
      assertEquals(deviation, (double) compared.get("standard_deviation"), 0.001 * deviation);
      assertEquals((raw(hit) - mean) / deviation, (double) compared.get("z"), 0.01);
      pValues.add((double) compared.get("p_value"));
    }
    for (int i = 0; i < DOCUMENTS; i++) {
      // The i-th of the sample itself; those of nearly one influence may change places.
      assertEquals((i + 2.0) / (DOCUMENTS + 1), pValues.get(i), 3.001 / (DOCUMENTS + 1));
    }
    client().admin().indices().prepareDelete("a").get();
    fill("c", spec("tiny", "logra", Map.of("max_tokens", 32)), documents(20));
    assertEquals(stored.toMap(), artefacts("b").getFirst().toMap());
  }
}
