package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest;
import org.opensearch.action.admin.indices.alias.IndicesAliasesRequest.AliasActions;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.admin.indices.validate.query.ValidateQueryRequest;
import org.opensearch.action.admin.indices.validate.query.ValidateQueryResponse;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.TokenSelection;

/** Queries by text that are refused, and uses of the field that are. */
public class InfluenceRefusalsTests extends InfluenceByTextTestCase {

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
}
