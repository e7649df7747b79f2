package org.rapidin.plugin.artefact;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.attribution.fitted.Background;
import org.rapidin.attribution.fitted.Covariance;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.fitted.EvaluationWeight;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.TargetFields;
import org.rapidin.plugin.node.ProgressTask;

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
        new VectorSample(spec, pins.dimension(), transport, cluster.state().nodes());
    try (Releasable _ = artefacts.reserve(bytes(spec, parts) + sample.batchBytes())) {
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
        Samples samples = new Samples(draw(request, sample, asUser), parts, spec);
        StoredArtefact fitted =
            switch (spec.type()) {
              case FISHER -> fisher(artefact, pins, samples, sample, task);
              case BACKGROUND -> artefact.with(store(artefact, pins, samples, sample, task));
            };
        artefacts.index().finish(fitted, claim);
        return fitted;
      } catch (Exception e) {
        discard(artefact, claim, e);
        throw e;
      }
    }
  }

  private StoredArtefact fisher(
      StoredArtefact artefact,
      PinnedAttributor pins,
      Samples samples,
      VectorSample sample,
      ProgressTask task)
      throws IOException {
    Mixed mixed = covariance(samples, sample, task);
    DampedInverse inverse = inverse(pins, samples, mixed.covariance(), task);
    return artefact.with(mixed.spec()).with(store(artefact, inverse));
  }

  /** Layers are kept apart where they are multiplied. */
  private List<VectorPart> parts(ArtefactSpec spec, PinnedAttributor pins, Client asUser) {
    if (spec.type() == ArtefactType.BACKGROUND) {
      return List.of();
    }
    Preconditioners.requireInnerProducts(spec.field(), pins);
    return layers.of(pins, spec.field(), asUser);
  }

  /**
   * Documents that are drawn.
   *
   * @param weight of all together in R
   */
  private record Weighted(List<VectorSample.ShardDocuments> documents, double weight) {
    int count() {
      return documents.stream().mapToInt(shard -> shard.ids().size()).sum();
    }
  }

  /** What is added up, and how it becomes an inverse. */
  private record Samples(List<Weighted> samples, List<VectorPart> parts, ArtefactSpec spec) {
    /** How many eigenvalues decide the weight of the second sample; 0 if it is given. */
    int components() {
      return TransportFitArtefactAction.components(spec);
    }

    int documents() {
      return samples.stream().mapToInt(Weighted::count).sum();
    }
  }

  private static int components(ArtefactSpec spec) {
    return spec.evaluation().map(ArtefactSpec.Evaluation::components).orElse(0);
  }

  /** Both covariances are in memory where eigenvalues decide how much each counts. */
  private static long bytes(ArtefactSpec spec, List<VectorPart> parts) {
    return components(spec) == 0
        ? Covariance.bytes(parts)
        : 2 * Covariance.bytes(parts) + Covariance.eigenvalueBytes(parts);
  }

  private static List<Weighted> draw(
      FitArtefactAction.Request request, VectorSample sample, Client client) {
    ArtefactSpec spec = request.spec();
    double evaluation = spec.evaluation().map(ArtefactSpec.Evaluation::weight).orElse(0.0);
    List<Weighted> samples = new ArrayList<>();
    samples.add(new Weighted(sample.draw(client, spec.index(), request.query()), 1 - evaluation));
    spec.evaluation()
        .ifPresent(
            second ->
                samples.add(
                    new Weighted(
                        sample.draw(client, second.index(), request.evaluationQuery()),
                        evaluation)));
    return samples;
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

  /** R, and what was asked for with the weight that the eigenvalues gave. */
  private record Mixed(Covariance covariance, ArtefactSpec spec) {}

  private static Mixed covariance(Samples samples, VectorSample sample, ProgressTask task) {
    List<Weighted> drawn = samples.samples();
    AtomicInteger read = new AtomicInteger();
    Covariance first = new Covariance(samples.parts());
    if (samples.components() == 0) {
      for (Weighted each : drawn) {
        add(each, each.weight() / each.count(), first, read, samples, sample, task);
      }
      return new Mixed(first, samples.spec());
    }
    Covariance second = new Covariance(samples.parts());
    add(drawn.getFirst(), 1, first, read, samples, sample, task);
    add(drawn.getLast(), 1, second, read, samples, sample, task);
    double weight =
        EvaluationWeight.of(
            first.eigenvalues(task::check), second.eigenvalues(task::check), samples.components());
    first.mix(second, weight);
    return new Mixed(first, samples.spec().withWeight(weight));
  }

  private static void add(
      Weighted drawn,
      double weight,
      Covariance covariance,
      AtomicInteger read,
      Samples samples,
      VectorSample sample,
      ProgressTask task) {
    int layers = samples.parts().size();
    reached(task, new FitProgress(read.get(), samples.documents(), 0, layers));
    sample.read(
        drawn.documents(),
        vectors -> {
          covariance.add(vectors, weight);
          reached(
              task,
              new FitProgress(read.addAndGet(vectors.size()), samples.documents(), 0, layers));
        });
  }

  private static DampedInverse inverse(
      PinnedAttributor pins, Samples samples, Covariance covariance, ProgressTask task) {
    int documents = samples.documents();
    int layers = samples.parts().size();
    return covariance.inverse(
        pins.fingerprint(),
        samples.spec().damping(),
        layer -> reached(task, new FitProgress(documents, documents, layer, layers)));
  }

  /** Shows progress if the work may go on. */
  private static void reached(ProgressTask task, FitProgress progress) {
    task.progress(progress);
    task.check();
  }

  private StoredArtefact.Content store(StoredArtefact artefact, DampedInverse inverse)
      throws IOException {
    ChunkOutput chunks = new ChunkOutput(artefacts.index().chunks(), artefact.run());
    inverse.write(new DataOutputStream(chunks));
    return chunks.finish(inverse.origin().vectors());
  }

  /** Writes vectors as they come. */
  private StoredArtefact.Content store(
      StoredArtefact artefact,
      PinnedAttributor pins,
      Samples samples,
      VectorSample sample,
      ProgressTask task)
      throws IOException {
    ChunkOutput chunks = new ChunkOutput(artefacts.index().chunks(), artefact.run());
    Background.Writer background =
        new Background.Writer(new DataOutputStream(chunks), pins.fingerprint(), pins.dimension());
    Weighted drawn = samples.samples().getFirst();
    reached(task, new FitProgress(0, drawn.count(), 0, 0));
    sample.read(
        drawn.documents(),
        vectors -> {
          background.add(vectors);
          reached(task, new FitProgress(background.count(), drawn.count(), 0, 0));
        });
    if (background.count() < ArtefactType.LEAST_BACKGROUND) {
      throw new IllegalArgumentException(
          "a background needs at least %s documents with a vector, the query matches %s: use another query or more indices"
              .formatted(ArtefactType.LEAST_BACKGROUND, background.count()));
    }
    background.finish();
    return chunks.finish(background.count());
  }

  private void discard(StoredArtefact artefact, ArtefactIndex.Claim claim, Exception reason) {
    try {
      artefacts.index().discard(artefact, claim);
    } catch (Exception e) { // it stays, unfinished, until it is deleted
      reason.addSuppressed(e);
    }
  }
}
