package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.cluster.ClusterState;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** The attributors whose vectors depend on an artefact. */
public final class ArtefactUsers {
  private ArtefactUsers() {}

  /**
   * Checks that no attributor of the cluster names an artefact.
   *
   * @throws OpenSearchStatusException (409) if one does; names all that do
   */
  static void requireNone(String id, ClusterState state) {
    List<String> users =
        AttributorMetadata.of(state).attributors().values().stream()
            .filter(
                attributor ->
                    attributor
                        .spec()
                        .compression()
                        .artefact()
                        .filter(artefact -> artefact.id().equals(id))
                        .isPresent())
            .map(RegisteredAttributor::id)
            .toList();
    if (!users.isEmpty()) {
      throw new OpenSearchStatusException(
          "artefact [%s] is used by attributors %s: delete those first".formatted(id, users),
          RestStatus.CONFLICT);
    }
  }

  /**
   * An attributor whose artefact was looked up.
   *
   * @param spec with the artefact's digest
   * @param fitted whose vectors or gradients the artefact was fitted to; empty if the attributor
   *     names none
   */
  public record Resolved(AttributorSpec spec, Optional<RegisteredAttributor> fitted) {
    /**
     * Checks that the nodes have the files that the artefact was fitted with. The attributor that
     * it was fitted with keeps its fingerprint when they are replaced.
     *
     * @param reports of the nodes on that attributor's files
     * @throws IllegalArgumentException if a node has others
     */
    public void requireFiles(Map<String, ModelReport> reports) {
      reports.forEach(
          (node, report) -> {
            if (report instanceof ModelReport.Usable usable
                && !usable.fingerprint().equals(fitted.orElseThrow().fingerprint())) {
              throw new IllegalArgumentException(
                  "artefact [%s] was fitted with attributor [%s], and the files of model [%s] on node [%s] are others since then: put that attributor again under another id, and fit an artefact with it"
                      .formatted(
                          spec.compression().artefact().orElseThrow().id(),
                          fitted.orElseThrow().id(),
                          spec.model(),
                          node));
            }
          });
    }
  }

  /**
   * Looks up the artefact that an attributor names.
   *
   * @param listener fails with {@link IllegalArgumentException} if there is none, or it was fitted
   *     with another method, model or parameters
   */
  public static void resolve(
      AttributorSpec spec,
      Artefacts artefacts,
      ClusterState state,
      ActionListener<Resolved> listener) {
    Optional<ArtefactReference> named = spec.compression().artefact();
    if (named.isEmpty()) {
      listener.onResponse(new Resolved(spec, Optional.empty()));
      return;
    }
    ArtefactReference artefact = named.get();
    artefacts
        .index()
        .find(
            artefact.id(),
            ActionListener.map(
                listener, found -> resolve(spec, artefact, found, AttributorMetadata.of(state))));
  }

  private static Resolved resolve(
      AttributorSpec spec,
      ArtefactReference named,
      Optional<StoredArtefact> found,
      AttributorMetadata metadata) {
    return switch (spec.compression()) {
      case TrackStar trackStar -> {
        StoredArtefact artefact = Artefacts.require(named.id(), ArtefactType.FISHER, found);
        RegisteredAttributor fitted = requireFit(spec, trackStar, artefact, metadata);
        yield new Resolved(
            spec.with(trackStar.with(reference(named, artefact))), Optional.of(fitted));
      }
      case Logra logra -> {
        StoredArtefact artefact = Artefacts.require(named.id(), ArtefactType.PCA, found);
        RegisteredAttributor fitted = requireFit(spec, logra, artefact, metadata);
        yield new Resolved(spec.with(logra.with(reference(named, artefact))), Optional.of(fitted));
      }
      case Compression other ->
          throw new IllegalStateException(
              "method [%s] does not name artefacts".formatted(other.method()));
    };
  }

  private static ArtefactReference reference(ArtefactReference named, StoredArtefact artefact) {
    String digest = artefact.content().orElseThrow().digest();
    if (!named.digest().isEmpty() && !named.digest().equals(digest)) {
      throw new IllegalArgumentException(
          "artefact [%s] has digest [%s], the attributor names [%s]: leave the digest out"
              .formatted(named.id(), digest, named.digest()));
    }
    return new ArtefactReference(named.id(), digest);
  }

  private static RegisteredAttributor requireFit(
      AttributorSpec spec,
      TrackStar trackStar,
      StoredArtefact artefact,
      AttributorMetadata metadata) {
    return fitted(spec, artefact, metadata)
        .filter(with -> with.spec().compression().equals(trackStar.uncorrected()))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "artefact [%s] was fitted to vectors of attributor [%s]: fit compression.autocorrelation to an index of a registered attributor with this one's model, adapters, parameters and compression, but with autocorrelation [none] and unit_norm [false]"
                        .formatted(artefact.id(), artefact.vectors().attributor())));
  }

  private static RegisteredAttributor requireFit(
      AttributorSpec spec, Logra logra, StoredArtefact artefact, AttributorMetadata metadata) {
    RegisteredAttributor fitted =
        fitted(spec, artefact, metadata)
            .filter(
                with ->
                    with.spec().compression() instanceof Logra other
                        && other.modules().equals(logra.modules()))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "artefact [%s] was fitted with attributor [%s]: fit compression.artefact with a registered attributor of method [logra] with this one's model, adapters, parameters and modules"
                            .formatted(artefact.id(), artefact.vectors().attributor())));
    int components = ((Logra) fitted.spec().compression()).rank();
    if (logra.rank() > components) {
      throw new IllegalArgumentException(
          "compression.rank is %s, and artefact [%s] was fitted with attributor [%s] of rank %s: use at most that, or fit an artefact with an attributor of a larger rank"
              .formatted(logra.rank(), artefact.id(), fitted.id(), components));
    }
    return fitted;
  }

  /** The attributor that an artefact was fitted with, if its gradients are those of the spec. */
  private static Optional<RegisteredAttributor> fitted(
      AttributorSpec spec, StoredArtefact artefact, AttributorMetadata metadata) {
    return Optional.ofNullable(metadata.attributors().get(artefact.vectors().attributor()))
        .filter(with -> with.fingerprint().equals(artefact.vectors().fingerprint()))
        .filter(
            with ->
                with.spec().model().equals(spec.model())
                    && with.spec().checkpoints().equals(spec.checkpoints())
                    && with.spec().parameters().equals(spec.parameters()));
  }
}
