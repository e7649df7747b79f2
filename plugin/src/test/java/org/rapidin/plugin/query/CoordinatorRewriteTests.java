package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.util.List;
import java.util.Optional;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.QueryToken;
import org.rapidin.plugin.handle.ResolvedGradient;

/** What the coordinating node makes of a query. */
public class CoordinatorRewriteTests extends CoordinatorTestCase {
  public void testATextBecomesItsGradientAndNothingElseOfItIsLeft() {
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder) rewrite(query(TEXT, PLAIN).boost(3).queryName("n"), "a", "b");
    ResolvedGradient gradient = held(rewritten).gradient();
    assertArrayEquals(answer(false).vector(), gradient.vector().values(), 0f);
    assertEquals("fingerprint-of-demo", gradient.fingerprint());
    assertEquals("demo", gradient.attributor());
    assertEquals(Optional.empty(), held(rewritten).tokens());
    assertEquals(3f, rewritten.boost(), 0f);
    assertEquals("n", rewritten.queryName());
    assertFalse(rewritten.toString().contains("a b c"));
  }

  public void testTokenGradientsComeAlongOnlyWhenTheSearchAsksForThem() {
    InfluenceQueryBuilder query = query(TEXT, PLAIN);
    CoordinatorRewrite asking = coordinator(ext -> true);
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder)
            rewrite(
                new InfluenceQueryBuilder(() -> asking, query.field(), TEXT, PLAIN),
                new SearchRequest("a").source(new SearchSourceBuilder()),
                false);
    HeldGradient held = held(rewritten);
    assertEquals(
        List.of("a", "b", "c"), held.gradient().tokens().stream().map(QueryToken::text).toList());
    List<float[]> vectors = held.tokens().orElseThrow().vectors();
    assertArrayEquals(answer(true).tokens().get(1).vector(), vectors.get(1), 0f);
  }

  public void testAFilterIsRewrittenAndCarried() {
    QueryBuilder filter =
        new BoolQueryBuilder().filter(new MatchNoneQueryBuilder()).filter(term("x"));
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder)
            rewrite(
                query(
                    TEXT, new InfluenceOptions(null, true, filter, true, new RankingMode.Exact())),
                "a");
    assertEquals(
        new InfluenceOptions(
            null, true, new MatchNoneQueryBuilder(), true, new RankingMode.Exact()),
        rewritten.options());
  }

  public void testAnInfluenceInsideAFilterIsAwaitedToo() {
    QueryBuilder inner = query(TEXT, PLAIN);
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder)
            rewrite(
                query(
                    TEXT, new InfluenceOptions(null, false, inner, false, new RankingMode.Exact())),
                "a");
    InfluenceQueryBuilder filter = (InfluenceQueryBuilder) rewritten.options().filter();
    assertThat(filter.subject(), instanceOf(InfluenceSubject.ByHandle.class));
    assertThat(rewritten.subject(), instanceOf(InfluenceSubject.ByHandle.class));
  }

  public void testAliasesAndWildcardsAreResolved() {
    assertThat(rewrite(query(TEXT, PLAIN), "all-of-demo"), instanceOf(InfluenceQueryBuilder.class));
    assertThat(rewrite(query(TEXT, PLAIN), "t*", "a"), instanceOf(InfluenceQueryBuilder.class));
    String sentence = refused(query(TEXT, PLAIN));
    assertThat(
        sentence, containsString("field [gradient] holds gradients of different attributors:"));
    assertThat(
        sentence, containsString("index [a] of [demo] with fingerprint [fingerprint-of-demo];"));
    assertThat(
        sentence, containsString("index [c] of [other] with fingerprint [fingerprint-of-other];"));
  }

  public void testAWildcardThatMatchesNoIndexMatchesNothing() {
    assertEquals(new MatchNoneQueryBuilder(), rewrite(query(TEXT, PLAIN), "absent-*"));
    expectThrows(IndexNotFoundException.class, () -> rewrite(query(TEXT, PLAIN), "absent"));
  }

  public void testTenNestedFiltersAreComputedTogether() {
    InfluenceQueryBuilder query = query(TEXT, PLAIN);
    for (int i = 0; i < 10; i++) {
      query = query(TEXT, new InfluenceOptions(null, false, query, false, new RankingMode.Exact()));
    }
    QueryBuilder rewritten = rewrite(query, "a");
    for (int i = 0; i < 11; i++) {
      InfluenceQueryBuilder level = (InfluenceQueryBuilder) rewritten;
      assertThat(level.subject(), instanceOf(InfluenceSubject.ByHandle.class));
      rewritten = level.options().filter();
    }
    assertNull(rewritten);
  }

  public void testValidateNeverRunsTheModel() {
    source =
        answering(
            q -> {
              throw new AssertionError("the model ran");
            });
    QueryBuilder rewritten =
        rewrite(
            query(
                TEXT, new InfluenceOptions(null, false, term("x"), false, new RankingMode.Exact())),
            new SearchRequest("a"),
            true);
    assertEquals(
        new BoolQueryBuilder().filter(new ExistsQueryBuilder("gradient")).filter(term("x")),
        rewritten);
  }

  public void testASearchWhoseTimeIsOverIsAnsweredWithoutGradientAndOtherRequestsFail() {
    source = failing(GradientFaults.timeout("no gradient within the timeout of the request"));
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder) rewrite(query(TEXT, PLAIN).boost(3).queryName("n"), "a");
    assertEquals(new InfluenceSubject.TimedOut(), rewritten.subject());
    assertEquals("n", rewritten.queryName());
  }
}
