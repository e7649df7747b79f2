package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.rapidin.plugin.query.InfluenceQueryPlugin.FIELD;
import static org.rapidin.plugin.query.InfluenceQueryPlugin.INDEX;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.AbstractQueryTestCase;
import org.opensearch.test.TestGeoShapeFieldMapperPlugin;
import org.opensearch.test.client.NoOpClient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.QueryToken;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.handle.TestHandles;
import org.rapidin.plugin.lucene.InfluenceScore;
import org.rapidin.plugin.mapper.TestAttributors;

/** The contract that OpenSearch asks of every query. */
public class InfluenceQueryBuilderTests extends AbstractQueryTestCase<InfluenceQueryBuilder> {

  private static NoOpClient client;
  private static GradientHandles handles;

  @BeforeClass
  public static void startClient() {
    client = new NoOpClient("influence");
    handles = TestHandles.on("here", client.threadPool());
    InfluenceQueryPlugin.handles(handles);
  }

  @AfterClass
  public static void stopClient() {
    client.close();
    client = null;
    handles = null;
    InfluenceQueryPlugin.handles(null);
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(InfluenceQueryPlugin.class, TestGeoShapeFieldMapperPlugin.class);
  }

  @Override
  protected void initializeAdditionalMappings(MapperService mappers) throws IOException {
    mappers.merge(
        "_doc",
        new CompressedXContent(InfluenceQueryPlugin.mapping()),
        MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected InfluenceQueryBuilder doCreateTestQueryBuilder() {
    TokenSelection tokens =
        randomFrom(
            new TokenSelection.All(),
            new TokenSelection.Span("was"),
            new TokenSelection.Positions(List.of(0, 2)));
    String completion = randomAlphaOfLength(5) + " was here";
    return new InfluenceQueryBuilder(
        InfluenceQueryPlugin::coordinator,
        FIELD,
        randomBoolean()
            ? new InfluenceSubject.Generation(
                new Sample(randomAlphaOfLength(5), completion), tokens)
            : set(new Sample(randomAlphaOfLength(5), completion), tokens),
        new InfluenceOptions(
            randomBoolean() ? "demo" : null,
            randomBoolean(),
            randomBoolean() ? new TermQueryBuilder(KEYWORD_FIELD_NAME, "en") : null,
            randomBoolean(),
            new RankingMode.Exact()));
  }

  /** A preconditioned set is resolved by an artefact, which this test has not. */
  public void testAPreconditionedSetTravels() throws IOException {
    InfluenceQueryBuilder query =
        query(
            FIELD,
            new PreconditionedSet(
                set(new Sample("p", "it was here"), new TokenSelection.All()), "fisher"));
    assertSerialization(query);
    assertEquals(query, parseQuery(query.toString()));
  }

  private static GenerationSet set(Sample sample, TokenSelection tokens) {
    InfluenceSubject.Generation generation = new InfluenceSubject.Generation(sample, tokens);
    InfluenceSubject.Generation other =
        new InfluenceSubject.Generation(
            new Sample("", randomAlphaOfLength(7)), new TokenSelection.All());
    return new GenerationSet(
        List.of(
            new GenerationSet.Weighted(generation, randomFrom(1f, 2.5f)),
            new GenerationSet.Weighted(other, randomFrom(1f, 0.25f))),
        randomFrom(GenerationSet.Combine.values()),
        randomBoolean()
            ? List.of()
            : List.of(
                new InfluenceSubject.Generation(
                    new Sample("q", "nuisance"), new TokenSelection.All())));
  }

  /** As a search does it: first on the coordinating node, then on the shard. */
  @Override
  protected QueryBuilder rewriteQuery(InfluenceQueryBuilder query, QueryRewriteContext shard)
      throws IOException {
    QueryRewriteContext coordinating =
        new QueryCoordinatorContext(
            new BaseQueryRewriteContext(
                xContentRegistry(), namedWriteableRegistry(), client, () -> 0),
            new SearchRequest(INDEX));
    QueryBuilder rewritten = rewriteAndFetch(query, coordinating);
    QueryBuilder received = assertSerialization(rewritten);
    QueryRewriteContext waiting =
        new BaseQueryRewriteContext(xContentRegistry(), namedWriteableRegistry(), client, () -> 0);
    QueryBuilder fetched = rewriteAndFetch(received, waiting);
    return super.rewriteQuery((InfluenceQueryBuilder) fetched, shard);
  }

  @Override
  protected void doAssertLuceneQuery(
      InfluenceQueryBuilder builder, Query query, QueryShardContext context) throws IOException {
    AttributedInfluenceQuery influence = (AttributedInfluenceQuery) query;
    assertEquals(
        builder.options().filter() == null ? null : builder.options().filter().toQuery(context),
        influence.influence().filter());
    assertEquals(FIELD, influence.influence().field());
    assertEquals(
        InfluenceScore.of(
            influence.gradient().vectors(),
            TestAttributors.SCORE_SCALE,
            builder.options().opponents()),
        influence.influence().score());
    assertFalse(query.toString().contains("was here"));
  }

  /** Unlike other queries this one cannot do without: an alias filter is such a place. */
  @Override
  public void testMustRewrite() {
    IllegalArgumentException thrown =
        expectThrows(
            IllegalArgumentException.class,
            () -> createTestQueryBuilder().toQuery(createShardContext()));
    assertEquals(
        "[influence] needs the coordinating node of a search to compute its gradient: use it in"
            + " _search, _msearch or _explain, not in an alias filter or a percolator query",
        thrown.getMessage());
  }

  @Override
  protected Map<String, InfluenceQueryBuilder> getAlternateVersions() {
    InfluenceQueryBuilder shortest =
        new InfluenceQueryBuilder(
            InfluenceQueryPlugin::coordinator,
            FIELD,
            new InfluenceSubject.Generation(new Sample("p", "c"), new TokenSelection.All()),
            new InfluenceOptions(null, false, null, false, new RankingMode.Exact()));
    return Map.of(
        "{\"influence\": {\"gradient\": {\"prompt\": \"p\", \"completion\": \"c\"}}}", shortest);
  }

  public void testRow43ShardsOfAnotherAttributorRefuse() {
    InfluenceQueryBuilder query = resolved(FIELD, "of another");
    IllegalArgumentException thrown =
        expectThrows(IllegalArgumentException.class, () -> query.toQuery(createShardContext()));
    assertEquals(
        "field [gradient] holds gradients of attributor [demo] with fingerprint"
            + " [fingerprint-of-demo], the query's gradient is of attributor [demo] with"
            + " fingerprint [of another]",
        thrown.getMessage());
  }

  public void testFieldsOfOtherTypesRefuse() {
    InfluenceQueryBuilder query = resolved(KEYWORD_FIELD_NAME, "fingerprint-of-demo");
    IllegalArgumentException thrown =
        expectThrows(IllegalArgumentException.class, () -> query.toQuery(createShardContext()));
    assertThat(
        thrown.getMessage(),
        containsString("[influence] searches fields of type [gradient_vector], field"));
  }

  public void testAShardWithoutTheFieldMatchesNothing() throws IOException {
    assertThat(
        resolved("absent", "any").toQuery(createShardContext()),
        instanceOf(MatchNoDocsQuery.class));
  }

  public void testQueriesTravelByTextByVectorByValueAndByHandle() throws IOException {
    ResolvedGradient gradient =
        new ResolvedGradient(
            new QueryVector(FakeGradients.gaussian(1)),
            "demo",
            "f",
            "model",
            List.of(new QueryToken("a", true), new QueryToken("b", false)));
    assertSerialization(query(FIELD, new InfluenceSubject.ByValue(gradient)));
    assertSerialization(query(FIELD, new InfluenceSubject.RawVector(gradient.vector())));
    GradientHandle handle = new GradientHandle(new GradientKey(1, 2, 3, 4), "node");
    InfluenceQueryBuilder byHandle = query(FIELD, new InfluenceSubject.ByHandle(handle, gradient));
    InfluenceQueryBuilder read = (InfluenceQueryBuilder) assertSerialization(byHandle);
    assertEquals(new InfluenceSubject.ByHandle(handle, null), read.subject());
    assertEquals(handle, read.handle());
  }

  public void testAShardsCacheKeyDoesNotDependOnTheHolder() throws IOException {
    ResolvedGradient gradient =
        new ResolvedGradient(
            new QueryVector(FakeGradients.gaussian(7)), "demo", "f", null, List.of());
    GradientKey key = handles.keep(gradient, Optional.empty(), Releasable::close).key();
    List<BytesReference> keys = new ArrayList<>();
    for (String holder : List.of("one", "other")) {
      QueryRewriteContext waiting =
          new BaseQueryRewriteContext(
              xContentRegistry(), namedWriteableRegistry(), client, () -> 0);
      QueryBuilder fetched =
          rewriteAndFetch(
              query(FIELD, new InfluenceSubject.ByHandle(new GradientHandle(key, holder), null)),
              waiting);
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        fetched.writeTo(out);
        keys.add(out.bytes());
      }
    }
    assertEquals(keys.get(0), keys.get(1));
    assertTrue(keys.get(0).length() < 80);
  }

  public void testAHandleTakesFewBytes() throws IOException {
    InfluenceQueryBuilder query =
        query(
            FIELD,
            new InfluenceSubject.ByHandle(
                new GradientHandle(new GradientKey(1, 2, 3, 4), "0123456789012345678901"), null));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      query.writeTo(out);
      assertTrue("a query of " + out.size() + " bytes", out.size() < 100);
    }
  }

  public void testVisitorsSeeTheFilter() {
    QueryBuilder filter = new MatchAllQueryBuilder();
    InfluenceQueryBuilder query =
        new InfluenceQueryBuilder(
            InfluenceQueryPlugin::coordinator,
            FIELD,
            resolved(FIELD, "f").subject(),
            new InfluenceOptions(null, false, filter, false, new RankingMode.Exact()));
    List<QueryBuilder> visited = new ArrayList<>();
    query.visit(createTestVisitor(visited));
    assertEquals(List.of(query, filter), visited);
  }

  private static InfluenceQueryBuilder resolved(String field, String fingerprint) {
    return query(
        field,
        new InfluenceSubject.ByValue(
            new ResolvedGradient(
                new QueryVector(FakeGradients.gaussian(1)), "demo", fingerprint, null, List.of())));
  }

  private static InfluenceQueryBuilder query(String field, InfluenceSubject subject) {
    return new InfluenceQueryBuilder(
        InfluenceQueryPlugin::coordinator,
        field,
        subject,
        new InfluenceOptions(null, false, null, false, new RankingMode.Exact()));
  }
}
