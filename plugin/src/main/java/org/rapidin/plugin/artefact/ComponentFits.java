package org.rapidin.plugin.artefact;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.TextSample;

/**
 * Fits principal components on this node, which has the model.
 *
 * @param registry of attributors
 * @param catalog this node's model directories
 * @param local this node's models
 * @param artefacts keeps them
 */
record ComponentFits(
    AttributorRegistry registry, ModelCatalog catalog, LocalGradients local, Artefacts artefacts) {

  /**
   * Fits and keeps an artefact; blocks.
   *
   * @param id of the task
   * @param asUser sends the searches
   * @throws IllegalArgumentException if the attributor has another method, the sample is too small,
   *     or the covariances can never fit into memory
   * @throws CircuitBreakingException (429) if they do not fit now
   */
  StoredArtefact fit(FitArtefactAction.Request request, ProgressTask task, TaskId id, Client asUser)
      throws IOException {
    RegisteredAttributor attributor = registry.require(request.spec().attributor());
    int rank = requireLogra(attributor).rank();
    GradientLayout layout = catalog.gradients(attributor.spec());
    StoredArtefact artefact =
        StoredArtefact.begin(
            request.id(),
            id,
            request.spec(),
            new StoredArtefact.Vectors(
                attributor.id(), attributor.fingerprint(), layout.tensors().size()));
    ArtefactSpec spec = request.spec();
    RandomDocuments drawn = new RandomDocuments(List.of(), spec.sampleSize(), spec.seed());
    TextSample sample = new TextSample(drawn, attributor.spec(), task::check);
    try (Releasable _ = reserve(layout, rank)) {
      return new ClaimedFits(artefacts.index())
          .keep(
              artefact,
              (claimed, chunks) -> {
                PcaFit fit = new PcaFit(attributor, layout, local, task);
                int documents = fit.add(sample, request, asUser);
                fit.components(rank).write(new DataOutputStream(chunks));
                return claimed.with(chunks.finish(documents));
              });
    }
  }

  /** Returns the method of an attributor, which says the layers and how many components. */
  static Logra requireLogra(RegisteredAttributor attributor) {
    if (attributor.spec().compression() instanceof Logra logra) {
      return logra;
    }
    throw new IllegalArgumentException(
        "an artefact of type [pca] is fitted with an attributor of compression.method [logra], which says modules and rank: attributor [%s] has [%s]"
            .formatted(attributor.id(), attributor.spec().compression().method()));
  }

  private Releasable reserve(GradientLayout layout, int rank) {
    long bytes = PcaFit.bytes(layout, rank);
    try {
      return artefacts.reserve(bytes);
    } catch (CircuitBreakingException e) {
      String message =
          "the covariances of %s layers take %s bytes on the heap with their eigenvectors, the limit is %s: use an attributor with fewer modules, or raise plugins.rapidin.memory.limit or the heap"
              .formatted(layout.tensors().size(), bytes, e.getByteLimit());
      if (bytes > e.getByteLimit()) {
        throw new IllegalArgumentException(message, e);
      }
      throw new CircuitBreakingException(message, bytes, e.getByteLimit(), e.getDurability());
    }
  }
}
