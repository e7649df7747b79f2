package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest.AliasActions;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.admin.indices.validate.query.ValidateQueryRequest;
import org.opensearch.action.admin.indices.validate.query.ValidateQueryResponse;
import org.opensearch.action.explain.ExplainRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

/** The query by text, its tokens, and what a user does wrong with it. */
public class InfluenceByTextTests extends InfluenceNodeTestCase {
  private static final String TEXT = "\"prompt\": \"capital?\", \"completion\": \"it is Paris\"";

  @Before
  public void fill() {
    createTrainingIndex("demo");
  }

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

  public void testIndicesOfDifferentAttributorsAreNotMixed() {
    createIndex("of-other", 1, "other");
    assertRefused("field [gradient] holds gradients of different attributors:", "*");
    assertRefused("index [of-other] of [other] with fingerprint [fingerprint-of-other]", "*");
    assertRefused(
        "{\"query\": " + byText(", \"attributor\": \"demo\"") + "}",
        "field [gradient] holds gradients of attributor [other], the query names [demo]",
        "of-other");
  }

  public void testAnAliasFilterCannotAskForInfluence() {
    IndicesAliasesRequest request =
        new IndicesAliasesRequest()
            .addAliasAction(AliasActions.add().index(INDEX).alias("a").filter(query(byText(""))));
    Exception thrown =
        expectThrows(
            Exception.class, () -> client().admin().indices().aliases(request).actionGet());
    assertThat(
        ExceptionsHelper.stackTrace(thrown),
        containsString("not in an alias filter or a percolator query"));
  }

  public void testAWildcardThatMatchesNoIndexAnswersWithoutHits() {
    assertEquals(List.of(), ids(search("{\"query\": " + byText("") + "}", "absent-*")));
  }

  public void testInfluenceInsideNestedIsRefused() {
    String mapping = "{\"properties\": {\"parts\": {\"type\": \"nested\"}}}";
    client()
        .admin()
        .indices()
        .putMapping(new PutMappingRequest(INDEX).source(mapping, XContentType.JSON))
        .actionGet();
    assertRefused(
        "{\"query\": {\"nested\": {\"path\": \"parts\", \"query\": " + byText("") + "}}}",
        "[influence] inside [nested] matches nothing",
        INDEX);
  }

  public void testTwoInfluencesNeedNames() {
    String other = byText("").replace("it is Paris", "it is Rome");
    String both = "{\"query\": {\"bool\": {\"should\": [" + byText("") + ", " + other + "]}}}";
    assertRefused(both, "several [influence] clauses without a [_name]", INDEX);
  }

  public void testAUsersFieldNamedInfluenceIsNeverMixedWithOurs() {
    client()
        .prepareIndex(INDEX)
        .setId("doc-00")
        .setSource(
            Map.of("influence", "theirs", "gradient", base64("doc-00", FakeGradients.gaussian(0))))
        .setRefreshPolicy("true")
        .get();
    SearchHit hit =
        search(
                "{\"query\": {\"bool\": {\"must\": "
                    + byText("")
                    + ", \"filter\": {\"match\": {\"influence\": \"theirs\"}}}}}")
            .getHits()
            .getAt(0);
    assertEquals(
        raw(gradient(new TokenSelection.All()).vector(), "doc-00"), value(hit, "influence"), 1e-3);
    assertRefused(
        "{\"fields\": [\"*\"], \"query\": " + byText("") + "}",
        "the search asks for the documents' field [influence]",
        INDEX);
    hit =
        search(
                "{\"size\": 100, \"fields\": [\"influence\"], \"query\": "
                    + byText(
                        ", \"_name\": \"n\", \"filter\": {\"ids\": {\"values\": [\"doc-00\"]}}")
                    + "}")
            .getHits()
            .getAt(0);
    assertEquals(List.of("theirs"), hit.field("influence").getValues());
    assertNotNull(hit.field("influence.n"));
  }

  public void testOtherUsesOfTheFieldAreRefused() {
    for (String body :
        List.of(
            "{\"sort\": \"gradient\"}",
            "{\"query\": {\"term\": {\"gradient\": \"x\"}}}",
            "{\"query\": {\"match\": {\"gradient\": \"x\"}}}",
            "{\"query\": {\"range\": {\"gradient\": {\"gt\": 1}}}}",
            "{\"query\": {\"wildcard\": {\"gradient\": \"x*\"}}}",
            "{\"aggs\": {\"a\": {\"terms\": {\"field\": \"gradient\"}}}}")) {
      assertRefused(body, "gradient_vector", INDEX);
    }
  }

  public void testValidateSaysWhatIsWrong() {
    assertTrue(validate(byText("")).isValid());
    ValidateQueryResponse wrong = validate(byText("").replace("gradient", "title"));
    assertFalse(wrong.isValid());
    assertThat(
        wrong.getQueryExplanation().get(0).getError(),
        containsString("no field [title] of type [gradient_vector] in [train]"));
  }

  private ValidateQueryResponse validate(String query) {
    ValidateQueryRequest request = new ValidateQueryRequest(INDEX).query(query(query));
    request.explain(true);
    return client().admin().indices().validateQuery(request).actionGet();
  }

  private void assertRefused(String sentence, String index) {
    assertRefused("{\"query\": " + byText("") + "}", sentence, index);
  }

  private void assertRefused(String body, String sentence, String index) {
    Exception thrown =
        expectThrows(
            Exception.class,
            () -> client().search(new SearchRequest(index).source(source(body))).actionGet());
    assertEquals(body, RestStatus.BAD_REQUEST, ExceptionsHelper.status(thrown));
    assertThat(ExceptionsHelper.stackTrace(thrown), containsString(sentence));
  }

  private QueryBuilder query(String query) {
    return source("{\"query\": " + query + "}").query();
  }

  private static String byText(String more) {
    return "{\"influence\": {\"gradient\": {" + TEXT + more + "}}}";
  }

  private static QueryGradient gradient(TokenSelection tokens) {
    return new FakeGradients()
        .query(
            TestAttributors.require("demo").resolved(),
            new Sample("capital?", "it is Paris"),
            tokens,
            true)
        .toCompletableFuture()
        .join();
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
