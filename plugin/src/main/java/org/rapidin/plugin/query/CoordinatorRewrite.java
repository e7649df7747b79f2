package org.rapidin.plugin.query;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.GradientSource;
import org.rapidin.plugin.artefact.Backgrounds;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.SearchUses;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.TargetFields;

/**
 * Turns what the user asks about into a gradient, on the coordinating node, without blocking its
 * threads. One instance per node; safe for many threads.
 */
public final class CoordinatorRewrite {
  private final GradientHandles handles;
  private final GradientResolver resolver;
  private final TargetFields targets;
  private final ClauseNames names;
  private final Preconditioners preconditioners;
  private final WantedParts wanted;

  /**
   * Connects the rewrite to the node.
   *
   * @param source computes gradients; completes in the caller's thread context, not on a thread of
   *     the model
   * @param handles keeps them
   * @param attributors finds a registered attributor by its id
   * @param state the cluster as this node sees it now
   * @param indices resolves the index expressions of requests
   * @param mappings the gradient fields of indices
   * @param wanted what a search asks for
   * @param preconditioners finds artefacts
   */
  public CoordinatorRewrite(
      GradientSource source,
      GradientHandles handles,
      Function<String, Optional<RegisteredAttributor>> attributors,
      Supplier<ClusterState> state,
      IndexNameExpressionResolver indices,
      GradientMappings mappings,
      WantedParts wanted,
      Preconditioners preconditioners) {
    this.handles = handles;
    this.preconditioners = preconditioners;
    this.resolver =
        new GradientResolver(source, handles, attributors, wanted::tokens, preconditioners);
    this.wanted = wanted;
    this.targets = new TargetFields(state, indices, mappings);
    this.names = new ClauseNames(mappings);
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
      Client client,
      Consumer<Releasable> uses,
      BooleanSupplier ended,
      Optional<Backgrounds.Use> background) {}

  /** The query gradients of this node and of others. */
  GradientHandles handles() {
    return handles;
  }

  /** What documents are measured with. */
  Preconditioners preconditioners() {
    return preconditioners;
  }

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
                  client,
                  SearchUses.current(client.threadPool().getThreadContext()),
                  SearchUses.ended(client.threadPool().getThreadContext()),
                  Backgrounds.Use.current(client.threadPool().getThreadContext()));
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
    query.options().normalize().require(query.field(), pins);
    asked.background().ifPresent(use -> use.requireFor(pins.attributor(), pins.fingerprint()));
    if (query.subject() instanceof InfluenceSubject.RawVector(QueryVector vector)) {
      FieldChecks.requireFit(query.field(), vector, pins);
      requireNoCalibration(query.field(), asked.request());
    }
    if (asked.validate()) {
      listener.onResponse(CoordinatorRewrite::whatWouldMatch);
      return;
    }
    query.options().normalize().requireSearch(asked.request());
    RankingMode mode = query.options().mode().resolved(asked.request());
    resolver.resolve(
        query.subject(),
        new GradientResolver.Question(
            query.field(),
            pins,
            query.options().normalize(),
            asked.request(),
            asked.client(),
            asked.uses(),
            asked.ended()),
        ActionListener.wrap(
            subject -> listener.onResponse(waiting -> waiting.about(subject, mode)),
            fault -> failed(asked.request(), fault, listener)));
  }

  /** A search whose time is over answers with what it has, as OpenSearch's own queries do. */
  private static void failed(
      IndicesRequest request, Exception fault, ActionListener<Outcome> listener) {
    if (request instanceof SearchRequest && GradientFaults.isTimeout(fault)) {
      listener.onResponse(waiting -> waiting.about(new InfluenceSubject.TimedOut()));
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

  private void requireNoCalibration(String field, IndicesRequest request) {
    if (request instanceof SearchRequest search
        && search.source() != null
        && wanted.calibration(search.source())) {
      throw new IllegalArgumentException(
          "[ext.influence.calibration] needs the gradient of a text, and the query of field [%s] has a [vector], whose error is not known: leave one of them out"
              .formatted(field));
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

  /** Stands in for the query in {@code _validate}, which never runs the model. */
  private static QueryBuilder whatWouldMatch(InfluenceQueryBuilder query) {
    BoolQueryBuilder matches = new BoolQueryBuilder().filter(new ExistsQueryBuilder(query.field()));
    if (query.options().filter() != null) {
      matches.filter(query.options().filter());
    }
    return matches;
  }

  /** Sets the outcome before the next round of rewriting begins. */
  static ActionListener<Outcome> done(AtomicReference<Outcome> result, ActionListener<?> listener) {
    return ActionListener.wrap(
        outcome -> {
          result.set(outcome);
          listener.onResponse(null);
        },
        listener::onFailure);
  }
}
