package org.rapidin.plugin.artefact;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.UUIDs;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.TargetFields;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;

/**
 * Fits an artefact on the node that got the request, on a thread of the generic pool: draws a
 * sample, adds its vectors up, factorises and stores. A node fits two at a time, because each keeps
 * a thread of that pool until it ends; more are refused (429).
 */
public final class TransportFitArtefactAction
    extends HandledTransportAction<FitArtefactAction.Request, ArtefactsResponse> {
  private static final int AT_ONCE = 2;

  private final Semaphore free = new Semaphore(AT_ONCE);
  private final Client client;
  private final ClusterService cluster;
  private final TransportService transport;
  private final ThreadPool threadPool;
  private final VectorLayers layers;
  private final TargetFields targets;
  private final Artefacts artefacts;

  @Inject
  public TransportFitArtefactAction(
      TransportService transportService,
      ActionFilters filters,
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      IndexNameExpressionResolver resolver,
      AttributorRegistry registry,
      GradientMappings mappings,
      Artefacts artefacts) {
    super(FitArtefactAction.NAME, transportService, filters, FitArtefactAction.Request::new);
    this.client = client;
    this.cluster = clusterService;
    this.transport = transportService;
    this.threadPool = threadPool;
    this.layers = new VectorLayers(registry);
    this.targets = new TargetFields(clusterService::state, resolver, mappings);
    this.artefacts = artefacts;
  }

  @Override
  protected void doExecute(
      Task task, FitArtefactAction.Request request, ActionListener<ArtefactsResponse> listener) {
    if (!free.tryAcquire()) {
      listener.onFailure(
          new OpenSearchStatusException(
              "this node already fits %s artefacts, its limit: repeat the request when one of them has ended, or send it to another node"
                  .formatted(AT_ONCE),
              RestStatus.TOO_MANY_REQUESTS));
      return;
    }
    Releasable end = Releasables.releaseOnce(free::release);
    threadPool
        .generic()
        .execute(
            ActionRunnable.supply(
                ActionListener.runBefore(listener, end::close),
                () -> new ArtefactsResponse(List.of(fit(request, (ProgressTask) task)))));
  }

  private StoredArtefact fit(FitArtefactAction.Request request, ProgressTask task)
      throws IOException {
    ArtefactSpec spec = request.spec();
    PinnedAttributor pins = pins(spec);
    Client asUser = new ParentTaskAssigningClient(client, cluster.localNode(), task);
    List<VectorPart> parts = parts(spec, pins, asUser);
    VectorSample sample =
        new VectorSample(
            spec.field(), pins.dimension(), transport, cluster.state().nodes(), task::check);
    try (Releasable _ = artefacts.reserve(FisherFit.bytes(spec, parts) + sample.batchBytes())) {
      StoredArtefact artefact =
          new StoredArtefact(
              request.id(),
              UUIDs.randomBase64UUID(),
              new TaskId(cluster.localNode().getId(), task.getId()).toString(),
              System.currentTimeMillis(),
              spec,
              new StoredArtefact.Vectors(pins.attributor(), pins.fingerprint(), parts.size()),
              Optional.empty());
      ArtefactIndex.Claim claim = artefacts.index().claim(artefact);
      try {
        SampleReader reader = new SampleReader(sample, draw(request, asUser, task), task);
        StoredArtefact fitted =
            switch (spec.type()) {
              case FISHER -> fisher(artefact, pins, new FisherFit(reader, parts, spec));
              case BACKGROUND -> background(artefact, pins, reader);
            };
        artefacts.index().finish(fitted, claim);
        return fitted;
      } catch (Exception e) {
        discard(artefact, claim, e);
        throw e;
      }
    }
  }

  private StoredArtefact fisher(StoredArtefact artefact, PinnedAttributor pins, FisherFit fit)
      throws IOException {
    FisherFit.Fitted fitted = fit.inverse(pins.fingerprint());
    ChunkOutput chunks = new ChunkOutput(artefacts.index().chunks(), artefact.run());
    fitted.inverse().write(new DataOutputStream(chunks));
    return artefact.with(fitted.spec()).with(chunks.finish(fitted.inverse().origin().vectors()));
  }

  private StoredArtefact background(
      StoredArtefact artefact, PinnedAttributor pins, SampleReader reader) throws IOException {
    ChunkOutput chunks = new ChunkOutput(artefacts.index().chunks(), artefact.run());
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

  private void discard(StoredArtefact artefact, ArtefactIndex.Claim claim, Exception reason) {
    try {
      artefacts.index().discard(artefact, claim);
    } catch (Exception e) { // it stays, unfinished, until it is deleted
      reason.addSuppressed(e);
    }
  }
}
