package org.rapidin.plugin.query;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.StageListeners;
import org.rapidin.plugin.guard.PermissionRequest;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.handle.TokenVectors;
import org.rapidin.plugin.mapper.PinnedAttributor;

/** Turns a text or a vector into a gradient that shards can rank by. Safe for many threads. */
final class GradientResolver {
  private final GradientSource source;
  private final GradientHandles handles;
  private final Function<String, Optional<RegisteredAttributor>> attributors;
  private final Predicate<SearchSourceBuilder> wantsTokens;
  private final SetGradients sets;

  GradientResolver(
      GradientSource source,
      GradientHandles handles,
      Function<String, Optional<RegisteredAttributor>> attributors,
      Predicate<SearchSourceBuilder> wantsTokens,
      Preconditioners preconditioners) {
    this.source = source;
    this.handles = handles;
    this.attributors = attributors;
    this.wantsTokens = wantsTokens;
    this.sets = new SetGradients(source, handles, preconditioners);
  }

  /**
   * A subject and where it is asked about.
   *
   * @param field that is searched
   * @param pins of the field
   * @param normalize what the influence is divided by
   * @param request that the query is part of
   * @param client checks permissions
   * @param uses receives what ends the use of the gradient
   * @param ended whether the request has been answered
   */
  record Question(
      String field,
      PinnedAttributor pins,
      Normalize normalize,
      IndicesRequest request,
      Client client,
      Consumer<Releasable> uses,
      BooleanSupplier ended) {}

  /**
   * Resolves a subject.
   *
   * @param listener receives a subject that holds a gradient or its handle; or {@link
   *     IllegalArgumentException} if the attributor has changed
   */
  void resolve(
      InfluenceSubject subject, Question question, ActionListener<InfluenceSubject> listener) {
    switch (subject) {
      case InfluenceSubject.Generation generation -> ask(generation, question, listener);
      case GenerationSet set -> {
        requireNoTokens(question);
        sets.combine(set, of(question), listener);
      }
      case PreconditionedSet(GenerationSet set, String artefact) -> {
        requireNoTokens(question);
        sets.precondition(set, artefact, of(question), listener);
      }
      case InfluenceSubject.RawVector(QueryVector vector) ->
          question
              .client()
              .execute(
                  RawVectorAction.INSTANCE,
                  new PermissionRequest(),
                  ActionListener.map(listener, permitted -> ofVector(vector, question)));
      case InfluenceSubject.ByValue _, InfluenceSubject.ByHandle _, InfluenceSubject.TimedOut _ ->
          listener.onResponse(subject);
    }
  }

  private void ask(
      InfluenceSubject.Generation generation,
      Question question,
      ActionListener<InfluenceSubject> listener) {
    boolean perToken = isPerToken(question);
    source
        .query(attributor(question), generation.sample(), generation.tokens(), perToken)
        .whenComplete(
            StageListeners.of(
                ActionListener.map(listener, gradient -> ofText(gradient, question, perToken))));
  }

  private SetGradients.Asked of(Question question) {
    return new SetGradients.Asked(
        question,
        attributor(question),
        modelOrNull(question.pins()),
        gradient -> subject(gradient, Optional.empty(), question));
  }

  private void requireNoTokens(Question question) {
    if (isPerToken(question)) {
      throw new IllegalArgumentException(
          "[ext.influence.tokens] needs the gradient of one generation, and the query of field [%s] has [generations], [nuisance], [modules] or [preconditioner]: leave one of them out"
              .formatted(question.field()));
    }
  }

  private boolean isPerToken(Question question) {
    return question.request() instanceof SearchRequest search
        && search.source() != null
        && wantsTokens.test(search.source());
  }

  private ResolvedAttributor attributor(Question question) {
    return attributors
        .apply(question.pins().attributor())
        .orElseThrow(() -> FieldChecks.unregistered(question.field(), question.pins()))
        .resolved();
  }

  private InfluenceSubject ofText(QueryGradient gradient, Question question, boolean perToken) {
    PinnedAttributor pins = question.pins();
    ResolvedGradient resolved = ResolvedGradient.of(gradient, pins.attributor(), modelOrNull(pins));
    boolean borrowed = perToken && !gradient.hasTokenVectors();
    // Before anything is refused, so that the end of the search gives it back.
    GradientHandle handle = borrowed ? handles.borrow(resolved, question.uses()) : null;
    FieldChecks.requireSameFingerprint(gradient, question.field(), question.pins());
    FieldChecks.requireFit(question.field(), resolved.vector(), pins);
    if (borrowed) {
      return new InfluenceSubject.ByHandle(handle, null);
    }
    return subject(
        resolved, perToken ? Optional.of(TokenVectors.of(gradient)) : Optional.empty(), question);
  }

  private InfluenceSubject ofVector(QueryVector vector, Question question) {
    PinnedAttributor pins = question.pins();
    FieldChecks.requireFit(question.field(), vector, pins);
    return subject(
        new ResolvedGradient(
            vector,
            pins.attributor(),
            pins.fingerprint(),
            modelOrNull(pins),
            List.of(),
            List.of(),
            List.of(),
            null,
            VectorErrors.OF_OWN),
        Optional.empty(),
        question);
  }

  /** Only the shards of searches can wait for a gradient that they fetch by its handle. */
  private InfluenceSubject subject(
      ResolvedGradient gradient, Optional<TokenVectors> tokens, Question question) {
    return question.request() instanceof SearchRequest
        ? InfluenceSubject.ByHandle.of(
            handles.keep(gradient, tokens, question.uses()), !gradient.others().isEmpty())
        : new InfluenceSubject.ByValue(gradient);
  }

  /** A field can be searched by vector after its attributor was deleted. */
  private String modelOrNull(PinnedAttributor pins) {
    return attributors
        .apply(pins.attributor())
        .filter(registered -> registered.fingerprint().equals(pins.fingerprint()))
        .map(registered -> registered.spec().model())
        .orElse(null);
  }
}
