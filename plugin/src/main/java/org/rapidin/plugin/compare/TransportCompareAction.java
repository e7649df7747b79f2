package org.rapidin.plugin.compare;

import java.util.List;
import java.util.concurrent.Semaphore;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TargetFields;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.VectorSample;

/**
 * Compares attributors on the node that got the request, on a thread of the generic pool. A node
 * makes two comparisons at a time, because each keeps a thread of that pool until it ends; more are
 * refused (429).
 */
public final class TransportCompareAction
    extends HandledTransportAction<CompareAction.Request, CompareAction.Response> {
  private static final int AT_ONCE = 2;

  private final Semaphore free = new Semaphore(AT_ONCE);
  private final Client client;
  private final ClusterService cluster;
  private final TransportService transport;
  private final ThreadPool threadPool;
  private final TargetFields targets;
  private final ComparedFields fields;
  private final GradientHandles memory;

  @Inject
  public TransportCompareAction(
      TransportService transportService,
      ActionFilters filters,
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      IndexNameExpressionResolver resolver,
      AttributorRegistry registry,
      GradientMappings mappings,
      GradientHandles handles) {
    super(CompareAction.NAME, transportService, filters, CompareAction.Request::new);
    this.client = client;
    this.cluster = clusterService;
    this.transport = transportService;
    this.threadPool = threadPool;
    this.targets = new TargetFields(clusterService::state, resolver, mappings);
    this.fields = new ComparedFields(registry, targets, mappings);
    this.memory = handles;
  }

  @Override
  protected void doExecute(
      Task task, CompareAction.Request request, ActionListener<CompareAction.Response> listener) {
    if (!free.tryAcquire()) {
      listener.onFailure(
          new OpenSearchStatusException(
              "this node already makes %s comparisons, its limit: repeat the request when one of them has ended, or send it to another node"
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
                () -> compare(request, (ProgressTask) task)));
  }

  private CompareAction.Response compare(CompareAction.Request request, ProgressTask task) {
    List<IndexMetadata> indices =
        targets.indices(
            new SearchRequest(Strings.splitStringByCommaToArray(request.index())), null);
    ComparedFields.Compared first = field(request.first(), "field", request, indices);
    ComparedFields.Compared second = field(request.second(), "with_field", request, indices);
    VectorSample ofFirst = vectors(first, task);
    VectorSample ofSecond = vectors(second, task);
    int dimensions = Math.addExact(first.pins().dimension(), second.pins().dimension());
    CompareSample sample = request.sample();
    List<RandomDocuments.Drawn> drawn =
        new RandomDocuments(List.of(first.name(), second.name()), sample.size(), sample.seed())
            .draw(
                new ParentTaskAssigningClient(client, cluster.localNode(), task),
                request.index(),
                null,
                task::check);
    int queries = Math.min(sample.queries(), drawn.size());
    int documents = drawn.size() - queries;
    CompareSample.requireEnough(queries, documents, sample.ks());
    try (Releasable _ =
        memory.reserve(Comparison.bytes(ofFirst, ofSecond, dimensions, queries, documents))) {
      Agreement agreement =
          new Comparison(ofFirst, ofSecond, task, drawn.size())
              .compare(
                  drawn.subList(0, queries), drawn.subList(queries, drawn.size()), sample.ks());
      return new CompareAction.Response(
          new CompareAction.Side(request.first().attributor(), first.name()),
          new CompareAction.Side(request.second().attributor(), second.name()),
          agreement);
    }
  }

  private ComparedFields.Compared field(
      CompareAction.Side side,
      String key,
      CompareAction.Request request,
      List<IndexMetadata> indices) {
    return fields.of(side.attributor(), side.field(), key, request.index(), indices);
  }

  private VectorSample vectors(ComparedFields.Compared field, ProgressTask task) {
    return new VectorSample(
        field.name(), field.pins().dimension(), transport, cluster.state().nodes(), task::check);
  }
}
