package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.After;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchSecurityException;
import org.opensearch.Version;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.AliasMetadata;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.Rewriteable;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.test.client.NoOpClient;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.QueryToken;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.handle.TestHandles;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TestAttributors;

/** What the coordinating node makes of a query, and what it refuses. */
public class CoordinatorRewriteTests extends OpenSearchTestCase {
  private static final InfluenceSubject TEXT =
      new InfluenceSubject.Generation(new Sample("p", "a b c"), new TokenSelection.All());
  private static final InfluenceOptions PLAIN = new InfluenceOptions(null, false, null, false);

  private final ClusterState state =
      state(Map.of("a", "demo", "b", "demo", "c", "other", "text", ""));
  private GradientSource source = new FakeGradients();
  private boolean rawVectorsForbidden;
  private NoOpClient client;
  private GradientHandles handles;

  @Before
  public void startClient() {
    client =
        new NoOpClient(getTestName()) {
          @Override
          @SuppressWarnings("unchecked")
          protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
              ActionType<R> action, Q request, ActionListener<R> listener) {
            assertEquals(RawVectorAction.NAME, action.name());
            if (rawVectorsForbidden) {
              listener.onFailure(
                  new OpenSearchSecurityException("no permissions", RestStatus.FORBIDDEN));
            } else {
              listener.onResponse((R) new AcknowledgedResponse(true));
            }
          }
        };
    handles = TestHandles.on("here", client.threadPool());
  }

  @After
  public void stopClient() {
    client.close();
  }

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
            rewrite(query(TEXT, new InfluenceOptions(null, true, filter, true)), "a");
    assertEquals(
        new InfluenceOptions(null, true, new MatchNoneQueryBuilder(), true), rewritten.options());
  }

  public void testAnInfluenceInsideAFilterIsAwaitedToo() {
    QueryBuilder inner = query(TEXT, PLAIN);
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder)
            rewrite(query(TEXT, new InfluenceOptions(null, false, inner, false)), "a");
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

  public void testAnUnmappedFieldIsRefusedOrMatchesNothing() {
    assertThat(
        refused(query(TEXT, PLAIN), "text"),
        containsString(
            "no field [gradient] of type [gradient_vector] in [text]; set \"ignore_unmapped\":"
                + " true to match nothing instead"));
    assertEquals(
        new MatchNoneQueryBuilder(),
        rewrite(query(TEXT, new InfluenceOptions(null, false, null, true)), "text"));
  }

  public void testAWildcardThatMatchesNoIndexMatchesNothing() {
    assertEquals(new MatchNoneQueryBuilder(), rewrite(query(TEXT, PLAIN), "absent-*"));
    expectThrows(IndexNotFoundException.class, () -> rewrite(query(TEXT, PLAIN), "absent"));
  }

  public void testTenNestedFiltersAreComputedTogether() {
    InfluenceQueryBuilder query = query(TEXT, PLAIN);
    for (int i = 0; i < 10; i++) {
      query = query(TEXT, new InfluenceOptions(null, false, query, false));
    }
    QueryBuilder rewritten = rewrite(query, "a");
    for (int i = 0; i < 11; i++) {
      InfluenceQueryBuilder level = (InfluenceQueryBuilder) rewritten;
      assertThat(level.subject(), instanceOf(InfluenceSubject.ByHandle.class));
      rewritten = level.options().filter();
    }
    assertNull(rewritten);
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
    InfluenceOptions opponents = new InfluenceOptions(null, true, null, false);
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
    InfluenceQueryBuilder named = query(TEXT, new InfluenceOptions("demo", false, null, false));
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

  public void testValidateNeverRunsTheModel() {
    source =
        answering(
            q -> {
              throw new AssertionError("the model ran");
            });
    QueryBuilder rewritten =
        rewrite(
            query(TEXT, new InfluenceOptions(null, false, term("x"), false)),
            new SearchRequest("a"),
            true);
    assertEquals(
        new BoolQueryBuilder().filter(new ExistsQueryBuilder("gradient")).filter(term("x")),
        rewritten);
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

  public void testASearchWhoseTimeIsOverIsAnsweredWithoutGradientAndOtherRequestsFail() {
    source = failing(GradientFaults.timeout("no gradient within the timeout of the request"));
    InfluenceQueryBuilder rewritten =
        (InfluenceQueryBuilder) rewrite(query(TEXT, PLAIN).boost(3).queryName("n"), "a");
    assertEquals(new InfluenceSubject.TimedOut(), rewritten.subject());
    assertEquals("n", rewritten.queryName());
  }

  private HeldGradient held(InfluenceQueryBuilder rewritten) {
    return handles.require(rewritten.handle().key());
  }

  private InfluenceQueryBuilder query(InfluenceSubject subject, InfluenceOptions options) {
    return new InfluenceQueryBuilder(() -> coordinator(ext -> false), "gradient", subject, options);
  }

  private CoordinatorRewrite coordinator(Predicate<SearchSourceBuilder> tokens) {
    return new CoordinatorRewrite(
        source,
        handles,
        id -> Optional.of(TestAttributors.require(id)),
        () -> state,
        new IndexNameExpressionResolver(new ThreadContext(Settings.EMPTY)),
        new GradientMappings(),
        tokens);
  }

  private QueryBuilder rewrite(QueryBuilder query, String... indices) {
    return rewrite(query, new SearchRequest(indices), false);
  }

  private QueryBuilder rewrite(QueryBuilder query, SearchRequest request, boolean validate) {
    PlainActionFuture<QueryBuilder> future = new PlainActionFuture<>();
    Rewriteable.rewriteAndFetch(query, context(request, validate), future);
    return future.actionGet();
  }

  private QueryRewriteContext context(SearchRequest request, boolean validate) {
    return new QueryCoordinatorContext(
        new BaseQueryRewriteContext(
            NamedXContentRegistry.EMPTY,
            new NamedWriteableRegistry(List.of()),
            client,
            () -> 0,
            validate),
        request);
  }

  private String refused(QueryBuilder query, String... indices) {
    return expectThrows(IllegalArgumentException.class, () -> rewrite(query, indices)).getMessage();
  }

  private RestStatus failure(QueryBuilder query, String... indices) {
    return ExceptionsHelper.status(expectThrows(Exception.class, () -> rewrite(query, indices)));
  }

  private static QueryGradient answer(boolean perToken) {
    return new FakeGradients()
        .query(
            TestAttributors.require("demo").resolved(),
            new Sample("p", "a b c"),
            new TokenSelection.All(),
            perToken)
        .toCompletableFuture()
        .join();
  }

  /** A source of which only queries are asked. */
  private interface SourceOfQueries extends GradientSource {
    @Override
    default CompletableFuture<List<GradientResult>> documents(
        ResolvedAttributor attributor, List<Sample> samples) {
      throw new UnsupportedOperationException("queries ask for no documents");
    }
  }

  private static GradientSource answering(UnaryOperator<QueryGradient> answer) {
    return (SourceOfQueries)
        (attributor, sample, selection, perToken) ->
            new FakeGradients().query(attributor, sample, selection, perToken).thenApply(answer);
  }

  private static GradientSource failing(Throwable fault) {
    return (SourceOfQueries)
        (attributor, sample, selection, perToken) -> CompletableFuture.failedFuture(fault);
  }

  private static TermQueryBuilder term(String value) {
    return new TermQueryBuilder("lang", value);
  }

  private static float[] ones(int dimension) {
    float[] ones = new float[dimension];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static ClusterState state(Map<String, String> attributorOfIndex) {
    Metadata.Builder metadata = Metadata.builder();
    attributorOfIndex.forEach((index, attributor) -> metadata.put(index(index, attributor)));
    return ClusterState.builder(ClusterName.DEFAULT).metadata(metadata).build();
  }

  private static IndexMetadata.Builder index(String name, String attributor) {
    Map<String, Object> field =
        attributor.isEmpty() ? Map.of("type", "text") : TestAttributors.pinnedField(attributor);
    Map<String, Object> fields = new TreeMap<>(Map.of("gradient", field));
    if (name.equals("a")) {
      fields.put("influence", Map.of("type", "keyword", "store", true));
    }
    Map<String, Object> mapping = Map.of("_doc", Map.of("properties", fields));
    IndexMetadata.Builder builder =
        IndexMetadata.builder(name)
            .settings(
                Settings.builder()
                    .put("index.version.created", Version.CURRENT)
                    .put("index.uuid", name)
                    .put("index.codec", "rapidin"))
            .numberOfShards(1)
            .numberOfReplicas(0);
    try {
      builder.putMapping(XContentFactory.jsonBuilder().map(mapping).toString());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return attributor.equals("demo")
        ? builder.putAlias(AliasMetadata.builder("all-of-demo"))
        : builder;
  }
}
