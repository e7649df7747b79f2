package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.explain.ExplainRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

/** The query by text and the influence of its tokens. */
public class InfluenceByTextTests extends InfluenceByTextTestCase {

  public void testATextRanksByItsGradient() {
    float[] gradient = gradient(new TokenSelection.All()).vector();
    SearchResponse response = search("{\"size\": 100, \"query\": " + byText("") + "}");
    assertEquals(ranked(id -> score(gradient, id)), ids(response));
    SearchHit best = response.getHits().getAt(0);
    assertEquals(score(gradient, best.getId()), best.getScore(), TOLERANCE);
    assertNull(best.field("influence_tokens"));
  }

  public void testATokenRanksByItsOwnGradient() {
    float[] gradient = gradient(new TokenSelection.Span("Paris")).vector();
    for (String tokens : List.of("\"Paris\"", "[2]")) {
      SearchResponse response =
          search("{\"size\": 100, \"query\": " + byText(", \"tokens\": " + tokens) + "}");
      assertEquals(ranked(id -> score(gradient, id)), ids(response));
    }
  }

  public void testTheMeanOfTheTokensInfluencesIsTheInfluence() {
    QueryGradient gradient = gradient(new TokenSelection.All());
    SearchResponse response =
        search("{\"query\": " + byText("") + ", \"ext\": {\"influence\": {\"tokens\": true}}}");
    for (SearchHit hit : response.getHits()) {
      double sum = 0;
      List<String> texts = new ArrayList<>();
      for (Map<String, Object> token : tokens(hit, "influence_tokens")) {
        texts.add((String) token.get("token"));
        double influence = (Double) token.get("influence");
        float[] vector = gradient.tokens().get(texts.size() - 1).vector();
        assertEquals(raw(vector, hit.getId()), influence, 1e-3);
        sum += influence;
      }
      assertEquals(List.of("it", "is", "Paris"), texts);
      assertEquals(value(hit, "influence"), sum / 3, 1e-3);
    }
  }

  public void testTokensThatAreNotAskedAboutHaveNoInfluence() {
    SearchHit hit =
        search(
                "{\"query\": "
                    + byText(", \"tokens\": [0], \"_name\": \"n\"")
                    + ", \"ext\": {\"influence\": {\"tokens\": true}}}")
            .getHits()
            .getAt(0);
    List<Map<String, Object>> tokens = tokens(hit, "influence_tokens.n");
    assertEquals(value(hit, "influence.n"), (Double) tokens.get(0).get("influence"), 1e-3);
    assertEquals(Map.of("token", "is"), tokens.get(1));
  }

  public void testExplainComputesTheGradientToo() {
    float[] gradient = gradient(new TokenSelection.All()).vector();
    float value =
        client()
            .explain(new ExplainRequest(INDEX, "doc-01").query(query(byText(""))))
            .actionGet()
            .getExplanation()
            .getValue()
            .floatValue();
    assertEquals(score(gradient, "doc-01"), value, TOLERANCE);
  }

  public void testCosineScoresAreOfUnitVectors() {
    createIndex("cosines", 1, "cos");
    float[] document = FakeGradients.gaussian(5);
    client()
        .prepareIndex("cosines")
        .setId("doc-01")
        .setSource("gradient", document)
        .setRefreshPolicy("true")
        .get();
    QueryGradient gradient =
        new FakeGradients()
            .query(
                TestAttributors.require("cos").resolved(),
                new Sample("capital?", "it is Paris"),
                new TokenSelection.All(),
                false)
            .toCompletableFuture()
            .join();
    double cosine = dot(gradient.vector(), document) / norm(gradient.vector()) / norm(document);
    SearchHit hit = search("{\"query\": " + byText("") + "}", "cosines").getHits().getAt(0);
    // float16 rows: 11 bits a number.
    assertEquals(1 + cosine / (1 + Math.abs(cosine)), hit.getScore(), 1e-4);
    assertEquals(cosine * norm(gradient.vector()), value(hit, "influence"), 1e-3);
  }

  public void testIndicesWithoutTheFieldAddNothing() {
    createIndex("text-only");
    client().prepareIndex("text-only").setSource("title", "alpha").setRefreshPolicy("true").get();
    SearchResponse response =
        search("{\"size\": 100, \"query\": " + byText("") + "}", INDEX, "text-only");
    assertEquals(WITH_VECTOR, response.getHits().getTotalHits().value());
    assertRefused("no field [gradient] of type [gradient_vector] in [text-only]", "text-only");
    assertEquals(
        0,
        ids(search("{\"query\": " + byText(", \"ignore_unmapped\": true") + "}", "text-only"))
            .size());
  }

  public void testAnAliasOfTheFieldIsTheField() {
    String alias = "{\"properties\": {\"g\": {\"type\": \"alias\", \"path\": \"gradient\"}}}";
    client()
        .admin()
        .indices()
        .putMapping(new PutMappingRequest(INDEX).source(alias, XContentType.JSON))
        .actionGet();
    assertEquals(
        ids(search("{\"query\": " + byText("") + "}")),
        ids(search("{\"query\": " + byText("").replace("\"gradient\"", "\"g\"") + "}")));
  }

  public void testAWildcardThatMatchesNoIndexAnswersWithoutHits() {
    assertEquals(List.of(), ids(search("{\"query\": " + byText("") + "}", "absent-*")));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> tokens(SearchHit hit, String field) {
    return hit.field(field).getValues().stream().map(token -> (Map<String, Object>) token).toList();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  private static double norm(float[] a) {
    return Math.sqrt(dot(a, a));
  }
}
