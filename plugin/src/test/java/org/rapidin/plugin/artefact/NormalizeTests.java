package org.rapidin.plugin.artefact;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.fitted.PlainCovariance;

/** What {@code normalize} divides by, from texts to hits, in float64 with full matrices. */
public class NormalizeTests extends ArtefactNodeTestCase {
  private static final int DOCUMENTS = 30;

  private List<float[]> rows;
  private float[] query;

  private void fill() {
    List<Sample> documents = documents(DOCUMENTS);
    fill("a", spec("tiny", "logra", Map.of("normalization", "none", "score_scale", 1)), documents);
    rows = vectors("a", documents.stream().map(ArtefactNodeTestCase::rendered).toList());
    query = vectors("a", List.of(QUERY)).getFirst();
  }

  private static double dot(double[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] doubles(float[] vector) {
    double[] numbers = new double[vector.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = vector[i];
    }
    return numbers;
  }

  private static double norm(float[] vector) {
    return Math.sqrt(dot(doubles(vector), vector));
  }

  private Map<String, SearchHit> hits(String json) {
    Map<String, SearchHit> hits = new HashMap<>();
    float last = Float.POSITIVE_INFINITY;
    for (SearchHit hit :
        client()
            .prepareSearch("a")
            .setSize(100)
            .setQuery(QueryBuilders.wrapperQuery(json))
            .get()
            .getHits()) {
      hits.put(hit.getId(), hit);
      assertTrue(hit.getScore() <= last);
      last = hit.getScore();
    }
    assertEquals(DOCUMENTS, hits.size());
    return hits;
  }

  private static double value(SearchHit hit, String field) {
    return ((Number) hit.field(field).getValue()).doubleValue();
  }

  /**
   * @param wanted the quotient of a row
   * @param scale of the quotients: the score's x is a quotient over it
   */
  private void assertNormalized(String json, ToDoubleFunction<float[]> wanted, double scale) {
    double largest = 0;
    for (Map.Entry<String, SearchHit> hit : hits(json).entrySet()) {
      double quotient = wanted.applyAsDouble(rows.get(Integer.parseInt(hit.getKey())));
      assertEquals(quotient, value(hit.getValue(), "influence_normalized"), 1e-5 * scale);
      double x = quotient / scale;
      assertEquals(1 + x / (1 + Math.abs(x)), hit.getValue().getScore(), 1e-5);
      largest = Math.max(largest, Math.abs(x));
    }
    assertTrue("quotients are more than noise: " + largest, largest > 0.05 && largest <= 1.001);
  }

  public void testCosineAndL2DivideByNormsOfStoredRows() {
    fill();
    double[] q = doubles(query);
    assertNormalized(
        query(",\"normalize\":\"cosine\""), row -> dot(q, row) / norm(row) / norm(query), 1);
    assertNormalized(query(",\"normalize\":\"l2\""), row -> dot(q, row) / norm(row), norm(query));
    hits(query(",\"normalize\":\"l2\""))
        .forEach(
            (id, hit) ->
                assertEquals(
                    "the raw influence stays as it is",
                    dot(q, rows.get(Integer.parseInt(id))),
                    value(hit, "influence"),
                    1e-5 * norm(query) * norm(rows.get(Integer.parseInt(id)))));
    assertNull(hits(query("")).get("1").field("influence_normalized"));
    assertNull(hits(query(",\"normalize\":\"none\"")).get("1").field("influence_normalized"));
  }

  public void testRelatifDividesByTheRootOfSelfInfluence() {
    fill();
    fit("f", fisher("a", Map.of()), null);
    PlainCovariance covariance = new PlainCovariance(layers("a"), 0.1).add(rows, 1);
    double[] solved = covariance.solve(query);
    double self = Math.sqrt(dot(solved, query));
    String json = query(",\"preconditioner\":\"f\",\"normalize\":\"relatif\"");
    assertNormalized(
        json, row -> dot(solved, row) / Math.sqrt(dot(covariance.solve(row), row)), self);
    for (SearchHit hit :
        client()
            .prepareSearch("a")
            .setExplain(true)
            .setQuery(QueryBuilders.wrapperQuery(json))
            .get()
            .getHits()) {
      assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 1e-6);
    }
    assertRefused(
        RestStatus.BAD_REQUEST,
        "use it in _search, with \"explain\": true in place of _explain",
        () -> client().prepareExplain("a", "3").setQuery(QueryBuilders.wrapperQuery(json)).get());
    delete("f");
    assertRefused(RestStatus.BAD_REQUEST, "no artefact [f]", () -> hits(json));
  }

  /**
   * With the preconditioner, cosine and l2 are of the vector that documents are multiplied with.
   */
  public void testCosineWithAPreconditioner() {
    fill();
    fit("f", fisher("a", Map.of()), null);
    double[] solved = new PlainCovariance(layers("a"), 0.1).add(rows, 1).solve(query);
    double norm = Math.sqrt(Arrays.stream(solved).map(x -> x * x).sum());
    assertNormalized(
        query(",\"preconditioner\":\"f\",\"normalize\":\"cosine\""),
        row -> dot(solved, row) / norm(row) / norm,
        1);
  }

  /** Otherwise the generation with the largest gradient would always be chosen. */
  public void testOfSeveralGenerationsTheLargestCosineCounts() {
    fill();
    float[] other = vectors("a", List.of(new Sample("why", "so"))).getFirst();
    double[] q = doubles(query);
    double[] o = doubles(other);
    String set =
        "{\"influence\":{\"gradient\":{\"combine\":\"max\",\"generations\":[{\"prompt\":\"what is it?\\n\",\"completion\":\"it is a cat\"},{\"prompt\":\"why\",\"completion\":\"so\"}],\"normalize\":\"%s\"}}}";
    // First one name of the set, then the other: kept vectors must not be mixed up.
    assertNormalized(
        set.formatted("l2"),
        row -> Math.max(dot(q, row), dot(o, row)) / norm(row),
        Math.max(norm(query), norm(other)));
    assertNormalized(
        set.formatted("cosine"),
        row -> Math.max(dot(q, row) / norm(query), dot(o, row) / norm(other)) / norm(row),
        1);
  }

  public void testWhatHasNoMeaningIsRefused() {
    fill();
    fill("c", spec("tiny", "logra", Map.of("similarity", "cosine")), documents(3));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "vectors of field [gradient] were divided by their norms when they were indexed",
        () -> influences("c", ",\"normalize\":\"cosine\""));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "[normalize] [relatif] measures documents with the inverse of a [preconditioner]: name one, or use [l2]",
        () -> influences("a", ",\"normalize\":\"relatif\""));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "[normalize] must be none, cosine, relatif, l2, got [l1]",
        () -> influences("a", ",\"normalize\":\"l1\""));
  }
}
