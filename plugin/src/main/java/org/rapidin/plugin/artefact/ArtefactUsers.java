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
   * @param fitted whose vectors the artefact was fitted to; empty if the attributor names none
   */
  public record Resolved(AttributorSpec spec, Optional<RegisteredAttributor> fitted) {
    /**
     * Checks that the nodes have the files that the artefact was fitted with. The attributor of its
     * vectors keeps its fingerprint when they are replaced.
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
                  "the artefact of compression.autocorrelation was fitted to vectors of attributor [%s], and the files of model [%s] on node [%s] are others since then: put that attributor again under another id, index documents with it, and fit an artefact to them"
                      .formatted(fitted.orElseThrow().id(), spec.model(), node));
            }
          });
    }
  }

  /**
   * Looks up the artefact that an attributor names.
   *
   * @param listener fails with {@link IllegalArgumentException} if there is none, or it was fitted
   *     to vectors of another method, model or parameters
   */
  public static void resolve(
      AttributorSpec spec,
      Artefacts artefacts,
      ClusterState state,
      ActionListener<Resolved> listener) {
    if (!(spec.compression() instanceof TrackStar trackStar)
        || trackStar.autocorrelation().isEmpty()) {
      listener.onResponse(new Resolved(spec, Optional.empty()));
      return;
    }
    ArtefactReference named = trackStar.autocorrelation().get();
    artefacts
        .index()
        .find(
            named.id(),
            ActionListener.map(
                listener,
                found -> {
                  StoredArtefact artefact =
                      Artefacts.require(named.id(), ArtefactType.FISHER, found);
                  RegisteredAttributor fitted =
                      requireFit(spec, trackStar, artefact, AttributorMetadata.of(state));
                  return new Resolved(
                      spec.with(trackStar.with(reference(named, artefact))), Optional.of(fitted));
                }));
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
    RegisteredAttributor fitted = metadata.attributors().get(artefact.vectors().attributor());
    boolean fits =
        fitted != null
            && fitted.fingerprint().equals(artefact.vectors().fingerprint())
            && fitted.spec().compression().equals(trackStar.uncorrected())
            && fitted.spec().model().equals(spec.model())
            && fitted.spec().checkpoints().equals(spec.checkpoints())
            && fitted.spec().parameters().equals(spec.parameters());
    if (!fits) {
      throw new IllegalArgumentException(
          "artefact [%s] was fitted to vectors of attributor [%s]: fit compression.autocorrelation to an index of a registered attributor with this one's model, adapters, parameters and compression, but with autocorrelation [none] and unit_norm [false]"
              .formatted(artefact.id(), artefact.vectors().attributor()));
    }
    return fitted;
  }
}
