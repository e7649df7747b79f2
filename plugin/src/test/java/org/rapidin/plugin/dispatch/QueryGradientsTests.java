package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

/** Equal queries are computed once, and what is cached is counted. */
public class QueryGradientsTests extends OpenSearchTestCase {
  private static final ResolvedAttributor DEMO = TestAttributors.require("demo").resolved();
  private static final int LIMIT = 4096;

  private final List<CompletableFuture<QueryGradient>> computations = new ArrayList<>();
  private final List<String> askedFor = new ArrayList<>();
  private final CircuitBreaker breaker = breaker(3000);
  private final ThreadContext context = new ThreadContext(Settings.EMPTY);
  private final QueryGradients gradients =
      new QueryGradients(new Source(), new QueryGradientCache(LIMIT, () -> breaker), context);

  private static CircuitBreaker breaker(long limitBytes) {
    Settings parentCountsChildren =
        Settings.builder().put("indices.breaker.total.use_real_memory", false).build();
    return new HierarchyCircuitBreakerService(
            parentCountsChildren,
            List.of(new BreakerSettings("rapidin", limitBytes, 1.0)),
            new ClusterSettings(Settings.EMPTY, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS))
        .getBreaker("rapidin");
  }

  private CompletableFuture<QueryGradient> get(String completion) {
    return gradients.get(
        DEMO, new Generation(new Sample("p", completion), new TokenSelection.All(), false));
  }

  private QueryGradient compute(int index, int dimension) {
    QueryGradient gradient = new QueryGradient(new float[dimension], "print", List.of());
    computations.get(index).complete(gradient);
    return gradient;
  }

  public void testEqualQueriesAtTheSameTimeShareOneComputation() {
    CompletableFuture<QueryGradient> first = get("a");
    CompletableFuture<QueryGradient> second = get("a");
    assertEquals(1, computations.size());
    QueryGradient gradient = compute(0, 64);
    assertSame(gradient, first.join());
    assertSame(gradient, second.join());
  }

  private CompletableFuture<QueryGradient> get(String user, String completion) {
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putTransient("_opendistro_security_user_info", user + "|backend|role|tenant");
      return get(completion);
    }
  }

  public void testUsersShareWhatIsComputed() {
    CompletableFuture<QueryGradient> one = get("one", "a");
    CompletableFuture<QueryGradient> other = get("other", "a");
    assertEquals(List.of("one"), askedFor);
    QueryGradient gradient = compute(0, 64);
    assertSame(gradient, one.join());
    assertSame(gradient, other.join());
    assertSame(gradient, get("third", "a").join());
    assertEquals(1, computations.size());
  }

  public void testAUserIsNotRefusedForTheShareOfAnotherOne() {
    CompletableFuture<QueryGradient> one = get("one", "a");
    CompletableFuture<QueryGradient> again = get("one", "a");
    Map<String, CompletableFuture<QueryGradient>> others = new TreeMap<>();
    for (String user : List.of("other", "third")) {
      others.put(user, get(user, "a"));
    }
    computations.getFirst().completeExceptionally(new OpenSearchRejectedExecutionException("full"));
    assertTrue(one.isCompletedExceptionally() && again.isCompletedExceptionally());
    assertEquals("the others share a computation again", 2, computations.size());
    computations.get(1).completeExceptionally(new OpenSearchRejectedExecutionException("full"));
    assertTrue(others.remove(askedFor.get(1)).isCompletedExceptionally());
    assertEquals(3, computations.size());
    assertSame(compute(2, 64), others.remove(askedFor.get(2)).join());
  }

  public void testOneWhoHasLeftDoesNotAskAgain() {
    get("one", "a");
    get("other", "a").cancel(true);
    computations.getFirst().completeExceptionally(new OpenSearchRejectedExecutionException("full"));
    assertEquals(List.of("one"), askedFor);
  }

  public void testOneWhoAskedAgainAndLeavesStopsTheComputation() {
    get("one", "a");
    CompletableFuture<QueryGradient> other = get("other", "a");
    computations.getFirst().completeExceptionally(new OpenSearchRejectedExecutionException("full"));
    other.cancel(true);
    assertTrue(computations.get(1).isCancelled());
  }

  public void testALaterEqualQueryIsServedFromTheCache() {
    get("a");
    QueryGradient gradient = compute(0, 64);
    assertSame(gradient, get("a").join());
    assertEquals(1, computations.size());
    assertEquals(1, gradients.stats().hits());
    assertEquals(1, gradients.stats().misses());
    assertEquals(gradients.stats().bytes(), breaker.getUsed());
  }

  public void testTextTokensTokenVectorsAndFingerprintTellQueriesApart() {
    Sample sample = new Sample("p", "ab");
    List<Generation> different =
        List.of(
            new Generation(sample, new TokenSelection.All(), false),
            new Generation(sample, new TokenSelection.All(), true),
            new Generation(sample, new TokenSelection.Span("a"), false),
            new Generation(sample, new TokenSelection.Positions(List.of(0)), false),
            new Generation(new Sample("pa", "b"), new TokenSelection.All(), false));
    different.forEach(generation -> gradients.get(DEMO, generation));
    gradients.get(TestAttributors.require("other").resolved(), different.getFirst());
    assertEquals(different.size() + 1, computations.size());
  }

  public void testTheLeastRecentlyUsedGoesFirst() {
    int dimension = 160; // 1,152 bytes: two fit
    CircuitBreaker large = breaker(1 << 20);
    QueryGradientCache small = new QueryGradientCache(2400, () -> large);
    QueryGradient gradient = new QueryGradient(new float[dimension], "print", List.of());
    small.put("a", gradient);
    small.put("b", gradient);
    assertNotNull(small.get("a"));
    small.put("c", gradient);
    assertNull(small.get("b"));
    assertNotNull(small.get("a"));
    assertNotNull(small.get("c"));
    assertEquals(1, small.stats().evictions());
  }

  public void testWhatTheBreakerRefusesIsAnsweredAndNotCached() {
    for (int i = 0; i < 4; i++) {
      CompletableFuture<QueryGradient> answer = get("text " + i);
      assertSame(compute(i, 160), answer.join());
    }
    assertEquals(2, gradients.stats().entries());
    assertEquals(gradients.stats().bytes(), breaker.getUsed());
    assertTrue(breaker.getUsed() <= 3000);
  }

  public void testACallerThatLeavesDoesNotStopTheOthers() {
    CompletableFuture<QueryGradient> first = get("a");
    CompletableFuture<QueryGradient> second = get("a");
    first.cancel(true);
    assertFalse(computations.getFirst().isCancelled());
    QueryGradient gradient = compute(0, 64);
    assertSame(gradient, second.join());
  }

  public void testTheLastCallerThatLeavesStopsTheComputation() {
    get("a").cancel(true);
    assertTrue(computations.getFirst().isCancelled());
    get("a");
    assertEquals(2, computations.size());
    compute(1, 64);
    assertEquals(1, gradients.stats().entries());
  }

  public void testAFaultReachesAllAndIsNotCached() {
    CompletableFuture<QueryGradient> first = get("a");
    CompletableFuture<QueryGradient> second = get("a");
    computations.getFirst().completeExceptionally(new IllegalArgumentException("bad"));
    assertTrue(first.isCompletedExceptionally() && second.isCompletedExceptionally());
    get("a");
    assertEquals(2, computations.size());
  }

  private final class Source implements GradientSource {
    @Override
    public CompletableFuture<List<GradientResult>> documents(
        ResolvedAttributor attributor, List<Sample> samples) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<QueryGradient> query(
        ResolvedAttributor attributor,
        Sample generation,
        TokenSelection selection,
        boolean perToken) {
      askedFor.add(RequestUser.of(context).orElse("nobody"));
      computations.add(new CompletableFuture<>());
      return computations.getLast();
    }
  }
}
