package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

/** A node with training documents, and queries by text. */
public abstract class InfluenceByTextTestCase extends InfluenceNodeTestCase {
  static final String TEXT = "\"prompt\": \"capital?\", \"completion\": \"it is Paris\"";

  @Before
  public void fill() {
    createTrainingIndex("demo");
  }

  QueryBuilder query(String query) {
    return source("{\"query\": " + query + "}").query();
  }

  static String byText(String more) {
    return "{\"influence\": {\"gradient\": {" + TEXT + more + "}}}";
  }

  static QueryGradient gradient(TokenSelection tokens) {
    return new FakeGradients()
        .query(
            TestAttributors.require("demo").resolved(),
            new Sample("capital?", "it is Paris"),
            tokens,
            true)
        .toCompletableFuture()
        .join();
  }

  void assertRefused(String sentence, String index) {
    assertRefused("{\"query\": " + byText("") + "}", sentence, index);
  }

  void assertRefused(String body, String sentence, String index) {
    Exception thrown =
        expectThrows(
            Exception.class,
            () -> client().search(new SearchRequest(index).source(source(body))).actionGet());
    assertEquals(body, RestStatus.BAD_REQUEST, ExceptionsHelper.status(thrown));
    assertThat(ExceptionsHelper.stackTrace(thrown), containsString(sentence));
  }
}
