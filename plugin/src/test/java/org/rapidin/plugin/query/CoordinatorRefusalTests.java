package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.handle.QueryVector;

/** What the coordinating node refuses, and what it says. */
public class CoordinatorRefusalTests extends CoordinatorTestCase {
  public void testAnUnmappedFieldIsRefusedOrMatchesNothing() {
    assertThat(
        refused(query(TEXT, PLAIN), "text"),
        containsString(
            "no field [gradient] of type [gradient_vector] in [text]; set \"ignore_unmapped\":"
                + " true to match nothing instead"));
    assertEquals(
        new MatchNoneQueryBuilder(),
        rewrite(
            query(TEXT, new InfluenceOptions(null, false, null, true, new RankingMode.Exact())),
            "text"));
  }

  public void testEveryInfluenceOfAHitNeedsANameOfItsOwn() {
    InfluenceSubject other =
        new InfluenceSubject.Generation(new Sample("p", "d e"), new TokenSelection.All());
    assertThat(
        refusedSearch(
            new SearchSourceBuilder().query(both(query(TEXT, PLAIN), query(other, PLAIN)))),
        containsString("several [influence] clauses without a [_name]"));
    assertThat(
        refusedSearch(
            new SearchSourceBuilder()
                .query(
                    both(query(TEXT, PLAIN).queryName("n"), query(other, PLAIN).queryName("n")))),
        containsString("several [influence] clauses with the [_name] [n]"));
    assertThat(
        refusedSearch(
            new SearchSourceBuilder()
                .query(query(TEXT, PLAIN))
                .addRescorer(new QueryRescorerBuilder(query(other, PLAIN)))),
        containsString("several [influence] clauses without a [_name]"));
    InfluenceOptions opponents =
        new InfluenceOptions(null, true, null, false, new RankingMode.Exact());
    for (QueryBuilder allowed :
        List.of(
            both(query(TEXT, PLAIN), query(other, PLAIN).queryName("n")),
            both(query(TEXT, PLAIN), query(TEXT, opponents)))) {
      assertThat(
          rewrite(
              allowed,
              new SearchRequest("a").source(new SearchSourceBuilder().query(allowed)),
              false),
          instanceOf(BoolQueryBuilder.class));
    }
  }

  public void testAFieldOfTheDocumentsWithTheNameOfAnInfluenceIsRefused() {
    for (SearchSourceBuilder source :
        List.of(
            new SearchSourceBuilder().fetchField("infl*"),
            new SearchSourceBuilder().docValueField("influence"),
            new SearchSourceBuilder().storedField("*"),
            new SearchSourceBuilder().scriptField("influence", new Script("1")))) {
      assertThat(
          refusedSearch(source.query(query(TEXT, PLAIN))),
          containsString("asks for the documents' field [influence]"));
    }
    SearchSourceBuilder named =
        new SearchSourceBuilder().query(query(TEXT, PLAIN).queryName("n")).fetchField("influence");
    rewrite(named.query(), new SearchRequest("a").source(named), false);
    SearchSourceBuilder unmapped =
        new SearchSourceBuilder().query(query(TEXT, PLAIN)).fetchField("*");
    rewrite(unmapped.query(), new SearchRequest("b").source(unmapped), false);
  }

  private String refusedSearch(SearchSourceBuilder source) {
    return expectThrows(
            IllegalArgumentException.class,
            () -> rewrite(source.query(), new SearchRequest("a").source(source), false))
        .getMessage();
  }

  private static QueryBuilder both(QueryBuilder one, QueryBuilder two) {
    return new BoolQueryBuilder().should(one).should(two);
  }

  public void testANamedAttributorMustBeTheMappings() {
    InfluenceQueryBuilder named =
        query(TEXT, new InfluenceOptions("demo", false, null, false, new RankingMode.Exact()));
    assertThat(rewrite(named, "a"), instanceOf(InfluenceQueryBuilder.class));
    assertEquals(
        "field [gradient] holds gradients of attributor [other], the query names [demo]",
        refused(named, "c"));
  }

  public void testOtherClustersAreRefused() {
    assertThat(
        refused(query(TEXT, PLAIN), "a", "east:a"),
        containsString("[influence] cannot search other clusters, got [east:a]"));
  }

  public void testAnAttributorThatChangedSinceIsRefused() {
    source = answering((q) -> new QueryGradient(q.vector(), "new", q.tokens()));
    assertEquals(
        "field [gradient] holds gradients of attributor [demo] as it was with fingerprint"
            + " [fingerprint-of-demo], it now has [new]: _reindex into a new index",
        refused(query(TEXT, PLAIN), "a"));
  }

  public void testARawVectorNeedsItsOwnPermission() {
    InfluenceSubject raw = new InfluenceSubject.RawVector(new QueryVector(ones(256)));
    InfluenceQueryBuilder rewritten = (InfluenceQueryBuilder) rewrite(query(raw, PLAIN), "a");
    assertEquals(new QueryVector(ones(256)), held(rewritten).gradient().vector());
    rawVectorsForbidden = true;
    assertEquals(RestStatus.FORBIDDEN, failure(query(raw, PLAIN), "a"));
  }

  public void testARawVectorOfAnotherDimensionOrOfZerosIsRefused() {
    assertEquals(
        "field [gradient] has dimension 256, the query vector has 255",
        refused(query(new InfluenceSubject.RawVector(new QueryVector(ones(255))), PLAIN), "a"));
    assertEquals(
        "the query vector for field [gradient] is all zero",
        refused(
            query(new InfluenceSubject.RawVector(new QueryVector(new float[256])), PLAIN), "a"));
  }

  public void testFaultsOfTheSourceHaveTheirStatus() {
    Map<Throwable, RestStatus> statuses =
        Map.of(
            new RejectedExecutionException("queue full"), RestStatus.TOO_MANY_REQUESTS,
            new ModelUnavailableException("no model"), RestStatus.SERVICE_UNAVAILABLE,
            new LinkageError("broken"), RestStatus.INTERNAL_SERVER_ERROR);
    statuses.forEach(
        (fault, status) -> {
          source = failing(fault);
          assertEquals(status, failure(query(TEXT, PLAIN), "a"));
          source = failing(new CompletionException(fault));
          assertEquals(status, failure(query(TEXT, PLAIN), "a"));
        });
    source = failing(new IllegalArgumentException("bad selection"));
    assertEquals("bad selection", refused(query(TEXT, PLAIN), "a"));
  }
}
