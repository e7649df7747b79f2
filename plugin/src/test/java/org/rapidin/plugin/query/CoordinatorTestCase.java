package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.Rewriteable;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.test.client.NoOpClient;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.artefact.NoArtefacts;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.TestHandles;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TestAttributors;

/** A coordinating node of four indices, without a cluster: rewrites queries as a search does. */
public abstract class CoordinatorTestCase extends OpenSearchTestCase {
  static final InfluenceSubject TEXT =
      new InfluenceSubject.Generation(new Sample("p", "a b c"), new TokenSelection.All());
  static final InfluenceOptions PLAIN =
      new InfluenceOptions(null, false, null, false, new RankingMode.Exact());

  final ClusterState state = state(Map.of("a", "demo", "b", "demo", "c", "other", "text", ""));
  GradientSource source = new FakeGradients();
  Preconditioners preconditioners = new NoArtefacts();
  boolean rawVectorsForbidden;
  NoOpClient client;
  GradientHandles handles;

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

  HeldGradient held(InfluenceQueryBuilder rewritten) {
    return handles.require(rewritten.handle().key());
  }

  InfluenceQueryBuilder query(InfluenceSubject subject, InfluenceOptions options) {
    return new InfluenceQueryBuilder(() -> coordinator(ext -> false), "gradient", subject, options);
  }

  CoordinatorRewrite coordinator(Predicate<SearchSourceBuilder> tokens) {
    return new CoordinatorRewrite(
        source,
        handles,
        id -> Optional.of(TestAttributors.require(id)),
        () -> state,
        new IndexNameExpressionResolver(new ThreadContext(Settings.EMPTY)),
        new GradientMappings(),
        tokens::test,
        preconditioners);
  }

  QueryBuilder rewrite(QueryBuilder query, String... indices) {
    return rewrite(query, new SearchRequest(indices), false);
  }

  QueryBuilder rewrite(QueryBuilder query, SearchRequest request, boolean validate) {
    PlainActionFuture<QueryBuilder> future = new PlainActionFuture<>();
    Rewriteable.rewriteAndFetch(query, context(request, validate), future);
    return future.actionGet();
  }

  QueryRewriteContext context(SearchRequest request, boolean validate) {
    return new QueryCoordinatorContext(
        new BaseQueryRewriteContext(
            NamedXContentRegistry.EMPTY,
            new NamedWriteableRegistry(List.of()),
            client,
            () -> 0,
            validate),
        request);
  }

  String refused(QueryBuilder query, String... indices) {
    return expectThrows(IllegalArgumentException.class, () -> rewrite(query, indices)).getMessage();
  }

  RestStatus failure(QueryBuilder query, String... indices) {
    return ExceptionsHelper.status(expectThrows(Exception.class, () -> rewrite(query, indices)));
  }

  static QueryGradient answer(boolean perToken) {
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
  interface SourceOfQueries extends GradientSource {
    @Override
    default CompletableFuture<List<GradientResult>> documents(
        ResolvedAttributor attributor, List<Sample> samples) {
      throw new UnsupportedOperationException("queries ask for no documents");
    }
  }

  static GradientSource answering(UnaryOperator<QueryGradient> answer) {
    return (SourceOfQueries)
        (attributor, sample, selection, perToken) ->
            new FakeGradients().query(attributor, sample, selection, perToken).thenApply(answer);
  }

  static GradientSource failing(Throwable fault) {
    return (SourceOfQueries)
        (attributor, sample, selection, perToken) -> CompletableFuture.failedFuture(fault);
  }

  static TermQueryBuilder term(String value) {
    return new TermQueryBuilder("lang", value);
  }

  static float[] ones(int dimension) {
    float[] ones = new float[dimension];
    Arrays.fill(ones, 1);
    return ones;
  }

  static ClusterState state(Map<String, String> attributorOfIndex) {
    Metadata.Builder metadata = Metadata.builder();
    attributorOfIndex.forEach((index, attributor) -> metadata.put(index(index, attributor)));
    return ClusterState.builder(ClusterName.DEFAULT).metadata(metadata).build();
  }

  static IndexMetadata.Builder index(String name, String attributor) {
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
