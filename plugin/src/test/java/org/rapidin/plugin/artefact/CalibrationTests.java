package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.search.Explanation;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.Sample;

/** What hits say of their errors, against plain computations with the vectors of all texts. */
public class CalibrationTests extends ArtefactNodeTestCase {
  private static final int DOCUMENTS = 40;
  private static final String EXT = ",\"ext\":{\"influence\":{\"calibration\":%s}}}";

  private static AttributorSpec of(Map<String, Object> compression, String normalization) {
    Map<String, Object> map =
        new TreeMap<>(AttributorSpecFormat.toMap(spec("tiny", "logra", Map.of())));
    map.put("compression", compression);
    map.put("normalization", normalization);
    map.put("score_scale", 1);
    return AttributorSpecFormat.fromMap(map);
  }

  private SearchHit[] search(String query, String calibration, String more) throws IOException {
    String size = more.contains("size") ? "" : ",\"size\":100";
    String body =
        "{\"track_total_hits\":true"
            + size
            + more
            + ",\"query\":"
            + query
            + EXT.formatted(calibration);
    SearchHit[] hits =
        client()
            .prepareSearch("a")
            .setSource(
                SearchSourceBuilder.fromXContent(createParser(JsonXContent.jsonXContent, body)))
            .get()
            .getHits()
            .getHits();
    assertTrue("there are hits", hits.length > 0);
    return hits;
  }

  private static Map<?, ?> calibration(SearchHit hit) {
    return hit.field("influence_calibration").getValue();
  }

  private static double number(SearchHit hit, String key) {
    return ((Number) calibration(hit).get(key)).doubleValue();
  }

  private static double raw(SearchHit hit) {
    return ((Number) hit.field("influence").getValue()).doubleValue();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private List<float[]> rows(String attributor) {
    return vectors(
        attributor, documents(DOCUMENTS).stream().map(ArtefactNodeTestCase::rendered).toList());
  }

  private void remove() {
    client().admin().indices().prepareDelete("a").get();
    delete("a", true);
  }

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

  public void testRanksAreThoseThatTheErrorsAllow() throws IOException {
    fill("a", of(Map.of("method", "rapidgrad", "dimension", 512), "layer"), documents(DOCUMENTS));
    for (String direction : List.of("", ",\"direction\":\"opponents\"")) {
      SearchHit[] hits = search(query(direction), "true", "");
      assertEquals(DOCUMENTS, hits.length);
      for (int i = 0; i < hits.length; i++) {
        Map<?, ?> rank = (Map<?, ?>) calibration(hits[i]).get("rank");
        int best = i + 1;
        int worst = i + 1;
        for (int j = 0; j < hits.length; j++) {
          double reach =
              1.96
                  * Math.hypot(
                      number(hits[i], "standard_error"), number(hits[j], "standard_error"));
          boolean close = Math.abs(raw(hits[i]) - raw(hits[j])) <= reach;
          best -= close && j < i ? 1 : 0;
          worst += close && j > i ? 1 : 0;
          if (j == i + 1) {
            assertEquals(!close, rank.get("separated"));
          }
        }
        assertEquals((long) best, ((Number) rank.get("best")).longValue());
        assertEquals((long) worst, ((Number) rank.get("worst")).longValue());
      }
    }
    String words =
        "{\"bool\":{\"must\":[%s],\"should\":[{\"match_all\":{}}]}}".formatted(query(""));
    for (SearchHit hit : search(words, "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
      assertTrue(number(hit, "standard_error") > 0);
    }
    for (SearchHit hit :
        search("{\"bool\":{\"boost\":0,\"must\":[%s]}}".formatted(query("")), "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
    }
    for (String more :
        List.of(
            ",\"indices_boost\":[{\"a\":2}]",
            ",\"terminate_after\":30",
            ",\"sort\":[\"_doc\"],\"track_scores\":true")) {
      for (SearchHit hit : search(query(""), "true", more)) {
        assertFalse(more, calibration(hit).containsKey("rank"));
        assertTrue(number(hit, "standard_error") > 0);
      }
    }
    for (SearchHit hit : search(query(",\"boost\":0"), "true", "")) {
      assertFalse(calibration(hit).containsKey("rank"));
    }
    SearchHit[] least = search(query(""), "true", ",\"min_score\":0.01");
    Map<?, ?> end = (Map<?, ?>) calibration(least[least.length - 1]).get("rank");
    assertFalse("a document with a lower score may be close", end.containsKey("worst"));
    SearchHit[] page = search(query(""), "true", ",\"from\":20,\"size\":5");
    Map<?, ?> last = (Map<?, ?>) calibration(page[4]).get("rank");
    assertFalse("documents may follow that are close", last.containsKey("worst"));
  }

  public void testWhatHasNoErrorSaysWhy() throws IOException {
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

  private static Map<String, Object> background(Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(fisher("a", more));
    body.put("type", "background");
    return body;
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

  public void testWhatCannotBeCalibratedIsRefused() throws IOException {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    fill("c", spec("tiny", "logra", Map.of("max_tokens", 32)), documents(30));
    fit("f", fisher("a", Map.of()), null);
    Map<String, Object> other = background(Map.of());
    other.put("index", "c");
    fit("other", other, null);
    refused("no artefact [none]", () -> search(query(""), "{\"background\":\"none\"}", ""));
    refused(
        "artefact [f] is of type [fisher], here one of type [background] is needed",
        () -> search(query(""), "{\"background\":\"f\"}", ""));
    refused(
        "artefact [other] is of type [background], here one of type [fisher] is needed",
        () -> search(query(",\"preconditioner\":\"other\""), "true", ""));
    refused(
        "artefact [other] has vectors of attributor [c] with fingerprint",
        () -> search(query(""), "{\"background\":\"other\"}", ""));
    refused("the search has no [influence] query", () -> search("{\"match_all\":{}}", "true", ""));
    refused("does not know [backgrond]", () -> search(query(""), "{\"backgrond\":\"b\"}", ""));
    int dimension = vectors("a", List.of(QUERY)).getFirst().length;
    String vector = Arrays.toString(new int[dimension]).replaceFirst("0", "1");
    refused(
        "[ext.influence.calibration] needs the gradient of a text",
        () -> search("{\"influence\":{\"gradient\":{\"vector\":" + vector + "}}}", "true", ""));
    refused(
        "[ext.influence.calibration] is not for a search that scrolls",
        () ->
            client()
                .prepareSearch("a")
                .setScroll(TimeValue.timeValueMinutes(1))
                .setSource(
                    SearchSourceBuilder.fromXContent(
                        createParser(
                            JsonXContent.jsonXContent,
                            "{\"query\":" + query("") + EXT.formatted("true"))))
                .get());
    refused(
        "sample_size of a background must be at least 20",
        () -> fit("b", background(Map.of("sample_size", 19)), null));
    refused(
        "an artefact of type [background] has no [damping]",
        () -> fit("b", background(Map.of("damping", 1)), null));
    refused(
        "a background needs at least 20 documents with a vector, the query matches 15",
        () -> fit("b", background(Map.of()), QueryBuilders.termQuery("half", "odd")));
    refused("type must be one of [fisher, background]", () -> fit("b", typed("x"), null));
    assertEquals(2, artefacts(null).size());
  }

  private static Map<String, Object> typed(String type) {
    Map<String, Object> body = background(Map.of());
    body.put("type", type);
    return body;
  }

  private static void refused(String sentence, Action action) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, action);
  }
}
