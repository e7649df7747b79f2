package org.rapidin.plugin.query;

import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

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
