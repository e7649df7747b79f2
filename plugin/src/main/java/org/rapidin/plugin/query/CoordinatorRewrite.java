package org.rapidin.plugin.query;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.StageListeners;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * Turns what the user asks about into a gradient, on the coordinating node, without blocking its
 * threads. One instance per node; safe for many threads.
 */
public final class CoordinatorRewrite {
  private final GradientSource source;
  private final Function<String, Optional<RegisteredAttributor>> attributors;
  private final TargetFields targets;
  private final ClauseNames names;
  private final Predicate<SearchSourceBuilder> wantsTokens;

  /**
   * Connects the rewrite to the node.
   *
   * @param source computes gradients; completes in the caller's thread context, not on a thread of
   *     the model
   * @param attributors finds a registered attributor by its id
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
    GradientMappings mappings = new GradientMappings();
    this.targets = new TargetFields(state, resolver, mappings);
    this.names = new ClauseNames(mappings);
    this.wantsTokens = wantsTokens;
  }

  /** What a query becomes once everything it waits for is there. */
  interface Outcome {
    QueryBuilder apply(InfluenceQueryBuilder query);
  }

  /** A query and the request it is part of. */
  private record Asked(
      InfluenceQueryBuilder query,
      IndicesRequest request,
      NamedWriteableRegistry registry,
      boolean validate,
      Client client) {}

  /**
   * Registers what has to be awaited: mappings are parsed and gradients computed on other threads.
   * The action fails with an {@link IllegalArgumentException} if no index maps the field, indices
   * or the query disagree on the attributor, or the vector has another dimension.
   *
   * @return the query, waiting for its outcome
   */
  InfluenceQueryBuilder rewrite(InfluenceQueryBuilder query, QueryCoordinatorContext context) {
    AtomicReference<Outcome> outcome = new AtomicReference<>();
    context.registerAsyncAction(
        (client, listener) -> {
          Asked asked =
              new Asked(
                  query,
                  context.getSearchRequest(),
                  context.getWriteableRegistry(),
                  context.validate(),
                  client);
          client
              .threadPool()
              .generic()
              .execute(ActionRunnable.wrap(done(outcome, listener), each -> start(asked, each)));
        });
    return query.pending(outcome::get);
  }

  private void start(Asked asked, ActionListener<Outcome> listener) {
    InfluenceQueryBuilder query = asked.query();
    List<IndexMetadata> indices = targets.indices(asked.request(), asked.registry());
    if (indices.isEmpty()) {
      listener.onResponse(any -> new MatchNoneQueryBuilder());
      return;
    }
    if (asked.request() instanceof SearchRequest search) {
      names.check(search.source(), indices);
    }
    Optional<PinnedAttributor> found = targets.pins(query.field(), indices);
    if (found.isEmpty()) {
      requireIgnoreUnmapped(query, asked.request());
      listener.onResponse(any -> new MatchNoneQueryBuilder());
      return;
    }
    PinnedAttributor pins = found.get();
    requireNamed(query, pins);
    if (query.subject() instanceof InfluenceSubject.RawVector(QueryVector vector)) {
      requireDimension(query.field(), vector, pins);
    }
    if (asked.validate()) {
      listener.onResponse(CoordinatorRewrite::whatWouldMatch);
      return;
    }
    resolve(
        asked,
        pins,
        ActionListener.wrap(
            gradient -> listener.onResponse(rest -> rest.resolved(gradient)),
            fault -> failed(asked.request(), fault, listener)));
  }

  /** A search whose time is over answers with what it has, as OpenSearch's own queries do. */
  private static void failed(
      IndicesRequest request, Exception fault, ActionListener<Outcome> listener) {
    if (request instanceof SearchRequest && GradientFaults.isTimeout(fault)) {
      listener.onResponse(InfluenceQueryBuilder::timedOut);
    } else {
      listener.onFailure(fault);
    }
  }

  private static void requireIgnoreUnmapped(InfluenceQueryBuilder query, IndicesRequest request) {
    if (!query.options().ignoreUnmapped()) {
      throw new IllegalArgumentException(
          "no field [%s] of type [gradient_vector] in %s; set \"ignore_unmapped\": true to match nothing instead"
              .formatted(
                  query.field(),
                  request.indices() == null ? List.of() : List.of(request.indices())));
    }
  }

  private static void requireNamed(InfluenceQueryBuilder query, PinnedAttributor pins) {
    String named = query.options().attributor();
    if (named != null && !named.equals(pins.attributor())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s], the query names [%s]"
              .formatted(query.field(), pins.attributor(), named));
    }
  }

  private static void requireDimension(String field, QueryVector vector, PinnedAttributor pins) {
    if (vector.dimension() != pins.dimension()) {
      throw new IllegalArgumentException(
          "field [%s] has dimension %s, the query vector has %s"
              .formatted(field, pins.dimension(), vector.dimension()));
    }
    if (new GradientVector(vector.values()).norm() == 0) {
      throw new IllegalArgumentException(
          "the query vector for field [%s] is all zero".formatted(field));
    }
  }

  /** Stands in for the query in {@code _validate}, which never runs the model. */
  private static QueryBuilder whatWouldMatch(InfluenceQueryBuilder query) {
    BoolQueryBuilder matches = new BoolQueryBuilder().filter(new ExistsQueryBuilder(query.field()));
    if (query.options().filter() != null) {
      matches.filter(query.options().filter());
    }
    return matches;
  }

  private void resolve(
      Asked asked, PinnedAttributor pins, ActionListener<ResolvedGradient> listener) {
    switch (asked.query().subject()) {
      case InfluenceSubject.Generation generation ->
          ask(asked.query().field(), generation, pins, perToken(asked.request()), listener);
      case InfluenceSubject.RawVector(QueryVector vector) ->
          asked
              .client()
              .execute(
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
      case InfluenceSubject.TimedOut timedOut -> throw new IllegalStateException("timed out");
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
      ActionListener<ResolvedGradient> listener) {
    ResolvedAttributor attributor =
        attributors
            .apply(pins.attributor())
            .orElseThrow(() -> unregistered(field, pins))
            .resolved();
    source
        .query(attributor, generation.sample(), generation.tokens(), perToken)
        .whenComplete(
            StageListeners.of(
                ActionListener.map(
                    listener, gradient -> resolved(field, gradient, pins, perToken))));
  }

  private static IllegalArgumentException unregistered(String field, PinnedAttributor pins) {
    return new IllegalArgumentException(
        "no attributor [%s], which field [%s] is mapped to: register it again with PUT _plugins/_rapidin/attributors/%s, or search with a vector"
            .formatted(pins.attributor(), field, pins.attributor()));
  }

  private ResolvedGradient resolved(
      String field, QueryGradient gradient, PinnedAttributor pins, boolean perToken) {
    if (!gradient.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, pins.attributor(), pins.fingerprint(), gradient.fingerprint()));
    }
    ResolvedGradient resolved =
        ResolvedGradient.of(gradient, pins.attributor(), modelOrNull(pins), perToken);
    requireDimension(field, resolved.vector(), pins);
    return resolved;
  }

  /**
   * A field can be searched by vector after its attributor was deleted; then the model is unknown.
   */
  private String modelOrNull(PinnedAttributor pins) {
    return attributors
        .apply(pins.attributor())
        .filter(registered -> registered.fingerprint().equals(pins.fingerprint()))
        .map(registered -> registered.spec().model())
        .orElse(null);
  }

  private static ActionListener<Outcome> done(
      AtomicReference<Outcome> result, ActionListener<?> listener) {
    return ActionListener.wrap(
        outcome -> {
          result.set(outcome);
          listener.onResponse(null);
        },
        listener::onFailure);
  }
}
