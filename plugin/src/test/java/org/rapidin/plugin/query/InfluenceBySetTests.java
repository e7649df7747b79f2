package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.opensearch.action.explain.ExplainRequest;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.scorer.VectorNorms;

/** Queries about several generations at once, and without nuisance directions. */
public class InfluenceBySetTests extends InfluenceByTextTestCase {
  private static final String OTHER = "\"prompt\": \"colour?\", \"completion\": \"it was red\"";

  private static float[] other() {
    return new FakeGradients()
        .query(
            TestAttributors.require("demo").resolved(),
            new Sample("colour?", "it was red"),
            new TokenSelection.All(),
            false)
        .toCompletableFuture()
        .join()
        .vector();
  }

  private static String asking(String set) {
    return "{\"size\": 100, \"query\": {\"influence\": {\"gradient\": {" + set + "}}}}";
  }

  private static String both(String more) {
    return "\"generations\": [{" + TEXT + ", \"weight\": 2}, {" + OTHER + "}]" + more;
  }

  public void testTheInfluenceOnASetIsTheWeightedSumOfTheInfluences() {
    float[] first = gradient(new TokenSelection.All()).vector();
    float[] second = other();
    SearchResponse response = search(asking(both(", \"combine\": \"sum\"")));
    assertEquals(
        ranked(id -> 2 * raw(first, id) + raw(second, id)), ids(response)); // scores keep the order
    for (SearchHit hit : response.getHits()) {
      double wanted = 2 * raw(first, hit.getId()) + raw(second, hit.getId());
      assertEquals(wanted, value(hit, "influence"), 1e-3);
    }
    for (SearchHit hit : search(asking(both(""))).getHits()) {
      double wanted = (2 * raw(first, hit.getId()) + raw(second, hit.getId())) / 3;
      assertEquals(wanted, value(hit, "influence"), 1e-3);
    }
  }

  private static String text(int i) {
    return "{\"prompt\": \"colour?\", \"completion\": \"it was number %s\"}".formatted("" + i);
  }

  private static float[] vector(int i) {
    return new FakeGradients()
        .query(
            TestAttributors.require("demo").resolved(),
            new Sample("colour?", "it was number " + i),
            new TokenSelection.All(),
            false)
        .join()
        .vector();
  }

  private double largest(List<float[]> vectors, String id, boolean smallest) {
    DoubleStream raw = vectors.stream().mapToDouble(vector -> raw(vector, id));
    return (smallest ? raw.min() : raw.max()).orElseThrow();
  }

  /** Up to 16 vectors share a pass over the rows; 17 take two. */
  public void testTheLargestOfSeveralInfluencesCounts() {
    for (int count : new int[] {1, 2, 17}) {
      List<float[]> vectors = IntStream.range(0, count).mapToObj(i -> vector(i)).toList();
      String generations =
          IntStream.range(0, count).mapToObj(i -> text(i)).collect(Collectors.joining(","));
      double norm =
          vectors.stream().mapToDouble(vector -> new GradientVector(vector).norm()).max().orElse(0);
      for (boolean opponents : new boolean[] {false, true}) {
        String set =
            "\"generations\": [%s], \"combine\": \"max\", \"direction\": \"%s\""
                .formatted(generations, opponents ? "opponents" : "proponents");
        SearchResponse response = search(asking(set));
        ToDoubleFunction<String> wanted = id -> largest(vectors, id, opponents);
        assertEquals(
            ranked(id -> opponents ? -wanted.applyAsDouble(id) : wanted.applyAsDouble(id)),
            ids(response));
        for (SearchHit hit : response.getHits()) {
          double raw = wanted.applyAsDouble(hit.getId());
          assertEquals(raw, value(hit, "influence"), 1e-3);
          double x = (opponents ? -raw : raw) / (norm * TestAttributors.SCORE_SCALE);
          assertEquals(1 + x / (1 + Math.abs(x)), hit.getScore(), TOLERANCE);
        }
        assertEquals(scores(response), scores(oneByOne(set)));
      }
    }
  }

  /** A conjunction scores one document at a time. */
  private SearchResponse oneByOne(String set) {
    return search(
        """
        {"size": 100, "query": {"bool": {"filter": {"range": {"n": {"gte": 0}}},
          "must": {"influence": {"gradient": {%s}}}}}}
        """
            .formatted(set));
  }

  private static Map<String, Float> scores(SearchResponse response) {
    Map<String, Float> scores = new TreeMap<>();
    response.getHits().forEach(hit -> scores.put(hit.getId(), hit.getScore()));
    return scores;
  }

  public void testWeightsAndNuisanceGoBeforeTheLargestIsTaken() {
    String set =
        "\"generations\": [{%s, \"weight\": -2}, %s], \"combine\": \"max\", \"nuisance\": [%s]"
            .formatted(text(1).substring(1, text(1).length() - 1), text(2), text(3));
    double nuisance = new GradientVector(vector(3)).norm();
    List<float[]> vectors = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      float[] each = vector(i);
      double along = VectorNorms.product(each, vector(3)) / nuisance / nuisance;
      float[] left = new float[each.length];
      for (int k = 0; k < left.length; k++) {
        left[k] = (float) (each[k] - along * vector(3)[k]) * (i == 1 ? -2 : 1);
      }
      vectors.add(left);
    }
    SearchResponse response = search(asking(set));
    assertEquals(ranked(id -> largest(vectors, id, false)), ids(response));
  }

  public void testAnExplanationHasTheLargestInfluence() {
    String set = "\"generations\": [%s, %s], \"combine\": \"max\"".formatted(text(1), text(2));
    for (String combine : List.of("max", "mean")) {
      String query = asking(set.replace("max", combine));
      for (SearchHit hit : search(query).getHits()) {
        ExplainResponse explained =
            client()
                .explain(new ExplainRequest(INDEX, hit.getId()).query(source(query).query()))
                .actionGet();
        assertTrue(explained.isMatch());
        assertEquals(
            hit.getScore(), explained.getExplanation().getValue().floatValue(), (float) TOLERANCE);
        assertEquals(
            value(hit, "influence"),
            explained.getExplanation().getDetails()[0].getDetails()[0].getValue().doubleValue(),
            1e-3);
      }
    }
  }

  /** One gradient is asked for each time, because it needs a permission. */
  public void testASetIsCombinedOnceWhileItsGradientIsKept() {
    plugin().expireGradients(); // those of other tests
    for (String combine : List.of("mean", "max")) {
      String body = asking(both(", \"combine\": \"" + combine + "\""));
      int before = plugin().gradients().queries();
      SearchResponse first = search(body);
      assertEquals(before + 2, plugin().gradients().queries());
      assertEquals(scores(first), scores(search(body)));
      assertEquals(before + 3, plugin().gradients().queries());
      plugin().gradients().fail(new IllegalArgumentException("not permitted"));
      try {
        assertRefused(body, "not permitted", INDEX);
      } finally {
        plugin().gradients().fail(null);
      }
      plugin().expireGradients();
      before = plugin().gradients().queries();
      assertEquals(scores(first), scores(search(body)));
      assertEquals(before + 2, plugin().gradients().queries());
    }
  }

  public void testANegativeWeightTurnsTheRankingAround() {
    float[] gradient = gradient(new TokenSelection.All()).vector();
    for (String combine : List.of("", ", \"combine\": \"sum\"")) {
      String set = "\"generations\": [{" + TEXT + ", \"weight\": -1}]" + combine;
      assertEquals(ranked(id -> -raw(gradient, id)), ids(search(asking(set))));
    }
  }

  public void testASetOfOneRanksAsTheGenerationAlone() {
    assertEquals(
        ids(search(asking(TEXT))), ids(search(asking("\"generations\": [{" + TEXT + "}]"))));
  }

  public void testNuisanceDirectionsHaveNoInfluence() {
    float[] gradient = gradient(new TokenSelection.All()).vector();
    float[] nuisance = other();
    double squared = 0;
    double product = 0;
    for (int k = 0; k < gradient.length; k++) {
      squared += (double) nuisance[k] * nuisance[k];
      product += (double) nuisance[k] * gradient[k];
    }
    float[] left = gradient.clone();
    for (int k = 0; k < left.length; k++) {
      left[k] -= (float) (product / squared * nuisance[k]);
    }
    String set = TEXT + ", \"nuisance\": [{" + OTHER + "}]";
    SearchResponse response = search(asking(set));
    assertEquals(ranked(id -> raw(left, id)), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(raw(left, hit.getId()), value(hit, "influence"), 1e-3);
    }
  }

  public void testWhatCannotBeAnsweredIsRefused() {
    assertRefused(
        asking(both(", \"combine\": \"max\", \"mode\": \"candidates\"")),
        "candidates are found by one",
        INDEX);
    assertRefused(
        asking(TEXT + ", \"nuisance\": [{" + TEXT + "}]"),
        "nothing of the gradient is left without the directions of [nuisance]",
        INDEX);
    String tokens = ", \"ext\": {\"influence\": {\"tokens\": true}}}";
    String body = asking(both(""));
    assertRefused(
        body.substring(0, body.length() - 1) + tokens,
        "[ext.influence.tokens] needs the gradient of one generation",
        INDEX);
  }
}
