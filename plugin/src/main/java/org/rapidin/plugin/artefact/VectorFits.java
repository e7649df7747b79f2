package org.rapidin.plugin.artefact;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.Strings;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.TargetFields;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;

/**
 * Fits artefacts to stored vectors, on any node.
 *
 * @param layers says which numbers of vectors belong to which layer
 * @param targets finds the attributor of a field
 * @param transport reaches the nodes with the vectors
 * @param artefacts keeps what is fitted
 */
record VectorFits(
    VectorLayers layers, TargetFields targets, TransportService transport, Artefacts artefacts) {

  /**
   * Draws a sample, adds its vectors up, factorises and keeps; blocks.
   *
   * @param id of the task
   * @param asUser sends the searches
   * @param nodes of the cluster
   */
  StoredArtefact fit(
      FitArtefactAction.Request request,
      ProgressTask task,
      TaskId id,
      Client asUser,
      DiscoveryNodes nodes)
      throws IOException {
    ArtefactSpec spec = request.spec();
    PinnedAttributor pins = pins(spec);
    List<VectorPart> parts = parts(spec, pins, asUser);
    VectorSample sample =
        new VectorSample(spec.field(), pins.dimension(), transport, nodes, task::check);
    try (Releasable _ = artefacts.reserve(FisherFit.bytes(spec, parts) + sample.batchBytes())) {
      StoredArtefact artefact =
          StoredArtefact.begin(
              request.id(),
              id,
              spec,
              new StoredArtefact.Vectors(pins.attributor(), pins.fingerprint(), parts.size()));
      return new ClaimedFits(artefacts.index())
          .keep(
              artefact,
              (claimed, chunks) -> {
                SampleReader reader = new SampleReader(sample, draw(request, asUser, task), task);
                return spec.type() == ArtefactType.BACKGROUND
                    ? background(claimed, chunks, pins, reader)
                    : fisher(claimed, chunks, pins, new FisherFit(reader, parts, spec));
              });
    }
  }

  private static StoredArtefact fisher(
      StoredArtefact artefact, ChunkOutput chunks, PinnedAttributor pins, FisherFit fit)
      throws IOException {
    FisherFit.Fitted fitted = fit.inverse(pins.fingerprint());
    fitted.inverse().write(new DataOutputStream(chunks));
    return artefact.with(fitted.spec()).with(chunks.finish(fitted.inverse().origin().vectors()));
  }

  private static StoredArtefact background(
      StoredArtefact artefact, ChunkOutput chunks, PinnedAttributor pins, SampleReader reader)
      throws IOException {
    int documents =
        BackgroundFit.write(
            reader, new DataOutputStream(chunks), pins.fingerprint(), pins.dimension());
    return artefact.with(chunks.finish(documents));
  }

  /** Layers are kept apart where they are multiplied. */
  private List<VectorPart> parts(ArtefactSpec spec, PinnedAttributor pins, Client asUser) {
    if (spec.type() == ArtefactType.BACKGROUND) {
      return List.of();
    }
    Preconditioners.requireInnerProducts(spec.field(), pins);
    return layers.of(pins, spec.field(), asUser);
  }

  private static List<SampleReader.Weighted> draw(
      FitArtefactAction.Request request, Client client, ProgressTask task) {
    ArtefactSpec spec = request.spec();
    double evaluation = spec.evaluation().map(ArtefactSpec.Evaluation::weight).orElse(0.0);
    List<SampleReader.Weighted> samples = new ArrayList<>();
    samples.add(
        new SampleReader.Weighted(
            draw(spec, spec.index(), request.query(), client, task), 1 - evaluation));
    spec.evaluation()
        .ifPresent(
            second ->
                samples.add(
                    new SampleReader.Weighted(
                        draw(spec, second.index(), request.evaluationQuery(), client, task),
                        evaluation)));
    return samples;
  }

  private static List<ShardDocuments> draw(
      ArtefactSpec spec, String index, QueryBuilder query, Client client, ProgressTask task) {
    return ShardDocuments.of(
        new RandomDocuments(List.of(spec.field()), spec.sampleSize(), spec.seed())
            .draw(client, index, query, task::check));
  }

  /** Both samples must be of the same attributor. */
  private PinnedAttributor pins(ArtefactSpec spec) {
    List<String> names = new ArrayList<>(List.of(Strings.splitStringByCommaToArray(spec.index())));
    spec.evaluation()
        .ifPresent(
            second -> names.addAll(List.of(Strings.splitStringByCommaToArray(second.index()))));
    SearchRequest request = new SearchRequest(names.toArray(String[]::new));
    return targets
        .pins(spec.field(), targets.indices(request, null))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no field [%s] of type [gradient_vector] in [%s]"
                        .formatted(spec.field(), spec.index())));
  }
}
