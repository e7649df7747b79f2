package org.rapidin.plugin.query;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.artefact.StoredArtefact;
import org.rapidin.plugin.dispatch.StageListeners;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * Computes the gradients of sets of generations: combined, restricted to modules, multiplied with
 * an artefact; and keeps them for the next page. Safe for many threads.
 */
final class SetGradients {
  private final GradientSource source;
  private final GradientHandles handles;
  private final Preconditioners preconditioners;
  private final KeptSets sets;

  SetGradients(GradientSource source, GradientHandles handles, Preconditioners preconditioners) {
    this.source = source;
    this.handles = handles;
    this.preconditioners = preconditioners;
    this.sets = new KeptSets(handles);
  }

  /**
   * A question about a set.
   *
   * @param attributor of the field
   * @param model that the attributor names, or null
   * @param subject makes what shards rank by
   */
  record Asked(
      GradientResolver.Question question,
      ResolvedAttributor attributor,
      String model,
      Function<ResolvedGradient, InfluenceSubject> subject) {
    String field() {
      return question.field();
    }

    PinnedAttributor pins() {
      return question.pins();
    }

    String name(GenerationSet set, String preconditioner) {
      return KeptSets.name(set, pins(), preconditioner, question.normalize().dividesEach(set));
    }
  }

  /** Resolves a set whose gradient is multiplied with nothing. */
  void combine(GenerationSet set, Asked asked, ActionListener<InfluenceSubject> listener) {
    String name = asked.name(set, null);
    if (!askKept(name, set, asked, listener)) {
      compute(name, set, asked, Optional.empty(), listener);
    }
  }

  /**
   * Resolves a set whose gradient is multiplied with an artefact. The artefact is looked up first,
   * so that a refusal costs no gradient, and read only if the product is not kept.
   *
   * @throws IllegalArgumentException if the field's vectors are not for inner products
   */
  void precondition(
      GenerationSet set, String artefact, Asked asked, ActionListener<InfluenceSubject> listener) {
    Preconditioners.requireInnerProducts(asked.field(), asked.pins());
    preconditioners.find(
        artefact,
        ActionListener.wrap(
            found -> {
              Preconditioners.requireFor(
                  found, found.vectors().fingerprint(), asked.field(), asked.pins());
              String name = asked.name(set, digest(found));
              if (!askKept(name, set, asked, listener)) {
                load(name, set, found, asked, listener);
              }
            },
            listener::onFailure));
  }

  private static String digest(StoredArtefact artefact) {
    return artefact.content().orElseThrow().digest();
  }

  /**
   * Answers with a gradient that is kept. One gradient is asked for, so that the user needs the
   * permission and the attributor is there.
   */
  private boolean askKept(
      String name, GenerationSet set, Asked asked, ActionListener<InfluenceSubject> listener) {
    Optional<ResolvedGradient> kept = sets.find(name);
    kept.ifPresent(
        gradient ->
            ask(set.generations().getFirst().generation(), asked)
                .thenApply(permitted -> asked.subject().apply(gradient))
                .whenComplete(StageListeners.of(listener)));
    return kept.isPresent();
  }

  private void load(
      String name,
      GenerationSet set,
      StoredArtefact artefact,
      Asked asked,
      ActionListener<InfluenceSubject> listener) {
    preconditioners.load(
        artefact,
        ActionListener.wrap(
            use -> {
              ActionListener<InfluenceSubject> last =
                  ActionListener.runBefore(listener, use::close);
              try {
                Preconditioners.requireFor(
                    artefact, use.inverse().origin().fingerprint(), asked.field(), asked.pins());
                compute(name, set, asked, Optional.of(use), last);
              } catch (Exception e) {
                last.onFailure(e);
              }
            },
            listener::onFailure));
  }

  private void compute(
      String name,
      GenerationSet set,
      Asked asked,
      Optional<Preconditioners.Use> preconditioner,
      ActionListener<InfluenceSubject> listener) {
    // What can be refused comes before memory is reserved.
    ChosenModules modules = new ChosenModules(set.modules());
    CombinedGradient combined = new CombinedGradient(asked.pins().dimension(), handles::makeRoom);
    AtomicReference<QueryGradient> last = new AtomicReference<>();
    Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients =
        generation ->
            ask(generation, asked)
                .thenApply(
                    gradient -> {
                      last.set(gradient.withError(VectorErrors.of(set, gradient.error())));
                      return modules.vector(gradient);
                    });
    String artefact = preconditioner.map(use -> digest(use.artefact())).orElse(null);
    vectors(set, combined, gradients)
        .thenApply(vectors -> multiplied(vectors, preconditioner, combined))
        .thenApply(
            vectors -> asked.question().normalize().dividesEach(set) ? divided(vectors) : vectors)
        .whenComplete(
            StageListeners.of(
                ActionListener.runBefore(
                    ActionListener.map(
                        listener,
                        vectors -> remembered(name, vectors, last.get(), artefact, asked)),
                    combined::close)));
  }

  /** The vectors and their products are in memory together. */
  private static List<float[]> multiplied(
      List<float[]> vectors,
      Optional<Preconditioners.Use> preconditioner,
      CombinedGradient combined) {
    if (preconditioner.isEmpty()) {
      return vectors;
    }
    combined.reserve(vectors.size());
    return vectors.stream().map(preconditioner.get().inverse()::apply).toList();
  }

  /**
   * Divides each vector in place. A vector of zeros stays as it is: {@link #remembered} refuses it.
   */
  private static List<float[]> divided(List<float[]> vectors) {
    for (float[] vector : vectors) {
      double norm = new GradientVector(vector).norm();
      for (int i = 0; norm > 0 && i < vector.length; i++) {
        vector[i] = (float) (vector[i] / norm);
      }
    }
    return vectors;
  }

  private static CompletableFuture<List<float[]>> vectors(
      GenerationSet set,
      CombinedGradient combined,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients) {
    return set.combine() == GenerationSet.Combine.MAX
        ? combined.each(set, gradients)
        : combined.of(set, gradients).thenApply(List::of);
  }

  /**
   * Remembers vectors.
   *
   * @param like has their parts and their error, before they are multiplied with an artefact
   */
  private InfluenceSubject remembered(
      String name, List<float[]> numbers, QueryGradient like, String preconditioner, Asked asked) {
    List<QueryVector> vectors = numbers.stream().map(QueryVector::new).toList();
    vectors.forEach(vector -> FieldChecks.requireFit(asked.field(), vector, asked.pins()));
    InfluenceSubject resolved =
        asked
            .subject()
            .apply(
                new ResolvedGradient(
                    vectors.getFirst(),
                    asked.pins().attributor(),
                    asked.pins().fingerprint(),
                    asked.model(),
                    List.of(),
                    vectors.subList(1, vectors.size()),
                    like.parts(),
                    preconditioner,
                    preconditioner == null ? like.error() : VectorErrors.PRECONDITIONED));
    if (resolved.handle() != null) {
      sets.remember(name, resolved.handle().key());
    }
    return resolved;
  }

  private CompletableFuture<QueryGradient> ask(
      InfluenceSubject.Generation generation, Asked asked) {
    if (asked.question().ended().getAsBoolean()) {
      throw new CancellationException("the search was answered before its gradients were computed");
    }
    return source
        .query(asked.attributor(), generation.sample(), generation.tokens(), false)
        .thenApply(
            gradient -> {
              FieldChecks.requireSameFingerprint(gradient, asked.field(), asked.pins());
              FieldChecks.requireDimension(
                  asked.field(), new QueryVector(gradient.vector()), asked.pins());
              return gradient;
            });
  }
}
