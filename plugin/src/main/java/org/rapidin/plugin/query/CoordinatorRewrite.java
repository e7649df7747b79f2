package org.rapidin.plugin.query;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.StageListeners;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.lucene.InfluenceScore;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * Turns what the user asks about into a gradient, on the coordinating node, without blocking its
 * thread. One for a node; safe for many threads.
 */
public final class CoordinatorRewrite {
  private final GradientSource source;
  private final Function<String, Optional<RegisteredAttributor>> attributors;
  private final TargetFields targets;
  private final Predicate<SearchSourceBuilder> wantsTokens;

  /**
   * Joins what the rewrite asks.
   *
   * @param source computes gradients
   * @param attributors finds what is registered by its id
   * @param state the cluster as this node sees it now
   * @param resolver resolves the index expressions of requests
   * @param wantsTokens whether a search asks for the influence on each generated token
   */
  public CoordinatorRewrite(
      GradientSource source,
      Function<String, Optional<RegisteredAttributor>> attributors,
      Supplier<ClusterState> state,
      IndexNameExpressionResolver resolver,
      Predicate<SearchSourceBuilder> wantsTokens) {
    this.source = source;
    this.attributors = attributors;
    this.targets = new TargetFields(state, resolver);
    this.wantsTokens = wantsTokens;
  }

  /**
   * One step towards a query that holds its gradient: registers what has to be awaited.
   *
   * @throws IllegalArgumentException if no index maps the field, indices or the query disagree on
   *     the attributor, or the vector has another dimension
   */
  QueryBuilder rewrite(InfluenceQueryBuilder query, QueryCoordinatorContext context) {
    Optional<PinnedAttributor> found =
        targets.pins(query.field(), context.getSearchRequest(), context.getWriteableRegistry());
    if (found.isEmpty()) {
      return unmapped(query, context.getSearchRequest());
    }
    PinnedAttributor pins = found.get();
    requireNamed(query, pins);
    if (query.subject() instanceof InfluenceSubject.RawVector(QueryVector vector)) {
      requireDimension(query.field(), vector, pins);
    }
    if (context.validate()) {
      return whatWouldMatch(query);
    }
    AtomicReference<ResolvedGradient> result = new AtomicReference<>();
    context.registerAsyncAction(
        (client, listener) ->
            start(query, pins, context.getSearchRequest(), client, done(result, listener)));
    return query.pending(result::get);
  }

  private static QueryBuilder unmapped(InfluenceQueryBuilder query, IndicesRequest request) {
    if (query.options().ignoreUnmapped()) {
      return new MatchNoneQueryBuilder();
    }
    throw new IllegalArgumentException(
        "no field ["
            + query.field()
            + "] of type [gradient_vector] in "
            + (request.indices() == null ? List.of() : List.of(request.indices()))
            + "; set \"ignore_unmapped\": true to match nothing instead");
  }

  private static void requireNamed(InfluenceQueryBuilder query, PinnedAttributor pins) {
    String named = query.options().attributor();
    if (named != null && !named.equals(pins.attributor())) {
      throw new IllegalArgumentException(
          "field ["
              + query.field()
              + "] holds gradients of attributor ["
              + pins.attributor()
              + "], the query names ["
              + named
              + "]");
    }
  }

  private static void requireDimension(String field, QueryVector vector, PinnedAttributor pins) {
    if (vector.dimension() != pins.dimension()) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] has dimension "
              + pins.dimension()
              + ", the query vector has "
              + vector.dimension());
    }
    if (InfluenceScore.norm(vector.values()) == 0) {
      throw new IllegalArgumentException("the query vector for field [" + field + "] is all zero");
    }
  }

  /** For {@code _validate}, which never runs the model: the documents that could be scored. */
  private static QueryBuilder whatWouldMatch(InfluenceQueryBuilder query) {
    BoolQueryBuilder matches = new BoolQueryBuilder().filter(new ExistsQueryBuilder(query.field()));
    if (query.options().filter() != null) {
      matches.filter(query.options().filter());
    }
    return matches;
  }

  private void start(
      InfluenceQueryBuilder query,
      PinnedAttributor pins,
      IndicesRequest request,
      Client client,
      ActionListener<ResolvedGradient> listener) {
    switch (query.subject()) {
      case InfluenceSubject.Generation generation ->
          ask(query.field(), generation, pins, perToken(request), client, listener);
      case InfluenceSubject.RawVector(QueryVector vector) ->
          client.execute(
              RawVectorAction.INSTANCE,
              new RawVectorAction.Request(),
              ActionListener.map(
                  listener,
                  permitted ->
                      new ResolvedGradient(
                          vector,
                          pins.attributor(),
                          pins.fingerprint(),
                          modelOrNull(pins),
                          List.of())));
      case ResolvedGradient resolved -> listener.onResponse(resolved);
    }
  }

  private boolean perToken(IndicesRequest request) {
    return request instanceof SearchRequest search
        && search.source() != null
        && wantsTokens.test(search.source());
  }

  private void ask(
      String field,
      InfluenceSubject.Generation generation,
      PinnedAttributor pins,
      boolean perToken,
      Client client,
      ActionListener<ResolvedGradient> listener) {
    // The search goes on with the user's thread context, and never on the model's own thread.
    ActionListener<ResolvedGradient> asUser =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, client.threadPool().getThreadContext());
    source
        .query(pins.attributor(), generation.sample(), generation.tokens(), perToken)
        .whenCompleteAsync(
            StageListeners.of(
                ActionListener.map(asUser, gradient -> resolved(field, gradient, pins, perToken))),
            client.threadPool().executor(ThreadPool.Names.GENERIC));
  }

  private ResolvedGradient resolved(
      String field, QueryGradient gradient, PinnedAttributor pins, boolean perToken) {
    if (!gradient.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it"
                  + " now has [%s]: _reindex into an index that is mapped anew",
              field,
              pins.attributor(),
              pins.fingerprint(),
              gradient.fingerprint()));
    }
    ResolvedGradient resolved =
        ResolvedGradient.of(gradient, pins.attributor(), modelOrNull(pins), perToken);
    requireDimension(field, resolved.vector(), pins);
    return resolved;
  }

  /** A vector can be asked about when its attributor was deleted; then nobody knows the model. */
  private String modelOrNull(PinnedAttributor pins) {
    return attributors
        .apply(pins.attributor())
        .filter(registered -> registered.fingerprint().equals(pins.fingerprint()))
        .map(registered -> registered.spec().model())
        .orElse(null);
  }

  private static ActionListener<ResolvedGradient> done(
      AtomicReference<ResolvedGradient> result, ActionListener<?> listener) {
    return ActionListener.wrap(
        gradient -> {
          result.set(gradient);
          listener.onResponse(null);
        },
        listener::onFailure);
  }
}
