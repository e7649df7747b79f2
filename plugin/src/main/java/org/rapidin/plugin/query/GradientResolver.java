package org.rapidin.plugin.query;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
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
  private final Preconditioners preconditioners;
  private final KeptSets sets;

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
    this.preconditioners = preconditioners;
    this.sets = new KeptSets(handles);
  }

  /**
   * A subject and where it is asked about.
   *
   * @param field that is searched
   * @param pins of the field
   * @param request that the query is part of
   * @param client checks permissions
   * @param uses receives what ends the use of the gradient
   * @param ended whether the request has been answered
   */
  record Question(
      String field,
      PinnedAttributor pins,
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
      case GenerationSet set -> combine(set, question, Optional.empty(), listener);
      case PreconditionedSet(GenerationSet set, String artefact) ->
          precondition(set, artefact, question, listener);
      case InfluenceSubject.RawVector(QueryVector vector) ->
          question
              .client()
              .execute(
                  RawVectorAction.INSTANCE,
                  new RawVectorAction.Request(),
                  ActionListener.map(
                      listener,
                      permitted ->
                          ofVectors(List.of(vector), VectorErrors.ofOwn(vector), null, question)));
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

  /** The artefact is looked up first, so that a refusal costs no gradient. */
  private void precondition(
      GenerationSet set,
      String artefact,
      Question question,
      ActionListener<InfluenceSubject> listener) {
    requireNoTokens(question);
    Preconditioners.requireInnerProducts(question.field(), question.pins());
    preconditioners.use(
        artefact,
        ActionListener.wrap(
            use -> {
              ActionListener<InfluenceSubject> last =
                  ActionListener.runBefore(listener, use::close);
              try {
                use.requireFor(question.field(), question.pins());
                combine(set, question, Optional.of(use), last);
              } catch (Exception e) {
                last.onFailure(e);
              }
            },
            listener::onFailure));
  }

  private void requireNoTokens(Question question) {
    if (isPerToken(question)) {
      throw new IllegalArgumentException(
          "[ext.influence.tokens] needs the gradient of one generation, and the query of field [%s] has [generations], [nuisance], [modules] or [preconditioner]: leave one of them out"
              .formatted(question.field()));
    }
  }

  private void combine(
      GenerationSet set,
      Question question,
      Optional<Preconditioners.Use> preconditioner,
      ActionListener<InfluenceSubject> listener) {
    requireNoTokens(question);
    // What can be refused comes before memory is reserved.
    ResolvedAttributor attributor = attributor(question);
    ChosenModules modules = new ChosenModules(set.modules());
    String artefact = preconditioner.map(Preconditioners.Use::digest).orElse(null);
    String name = KeptSets.name(set, question.pins().fingerprint(), artefact);
    Optional<ResolvedGradient> kept = sets.find(name);
    if (kept.isPresent()) {
      // One gradient is asked for, so that the user needs the permission and the attributor is
      // there.
      ask(set.generations().getFirst().generation(), attributor, question)
          .thenApply(permitted -> subject(kept.get(), Optional.empty(), question))
          .whenComplete(StageListeners.of(listener));
      return;
    }
    CombinedGradient combined =
        new CombinedGradient(question.pins().dimension(), handles::makeRoom);
    AtomicReference<QueryGradient> last = new AtomicReference<>();
    Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients =
        generation ->
            ask(generation, attributor, question)
                .thenApply(
                    gradient -> {
                      last.set(gradient.withError(VectorErrors.of(set, gradient.error())));
                      return modules.vector(gradient);
                    });
    vectors(set, combined, gradients)
        .thenApply(
            vectors -> preconditioner.map(use -> preconditioned(vectors, use)).orElse(vectors))
        .whenComplete(
            StageListeners.of(
                ActionListener.runBefore(
                    ActionListener.map(
                        listener,
                        vectors ->
                            remembered(name, ofVectors(vectors, last.get(), artefact, question))),
                    combined::close)));
  }

  private static List<QueryVector> preconditioned(
      List<QueryVector> vectors, Preconditioners.Use use) {
    return vectors.stream()
        .map(vector -> new QueryVector(use.inverse().apply(vector.values())))
        .toList();
  }

  private static CompletableFuture<List<QueryVector>> vectors(
      GenerationSet set,
      CombinedGradient combined,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients) {
    CompletableFuture<List<float[]>> vectors =
        set.combine() == GenerationSet.Combine.MAX
            ? combined.each(set, gradients)
            : combined.of(set, gradients).thenApply(List::of);
    return vectors.thenApply(each -> each.stream().map(QueryVector::new).toList());
  }

  private InfluenceSubject remembered(String name, InfluenceSubject resolved) {
    if (resolved.handle() != null) {
      sets.remember(name, resolved.handle().key());
    }
    return resolved;
  }

  private CompletableFuture<QueryGradient> ask(
      InfluenceSubject.Generation generation, ResolvedAttributor attributor, Question question) {
    if (question.ended().getAsBoolean()) {
      throw new CancellationException("the search was answered before its gradients were computed");
    }
    return source
        .query(attributor, generation.sample(), generation.tokens(), false)
        .thenApply(
            gradient -> {
              FieldChecks.requireSameFingerprint(gradient, question.field(), question.pins());
              FieldChecks.requireDimension(
                  question.field(), new QueryVector(gradient.vector()), question.pins());
              return gradient;
            });
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

  /**
   * Vectors that have no tokens.
   *
   * @param like has their parts and their error, before they are preconditioned
   */
  private InfluenceSubject ofVectors(
      List<QueryVector> vectors, QueryGradient like, String preconditioner, Question question) {
    vectors.forEach(vector -> FieldChecks.requireFit(question.field(), vector, question.pins()));
    PinnedAttributor pins = question.pins();
    return subject(
        new ResolvedGradient(
            vectors.getFirst(),
            pins.attributor(),
            pins.fingerprint(),
            modelOrNull(pins),
            List.of(),
            vectors.subList(1, vectors.size()),
            like.parts(),
            preconditioner,
            preconditioner == null ? like.error() : VectorErrors.PRECONDITIONED),
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
