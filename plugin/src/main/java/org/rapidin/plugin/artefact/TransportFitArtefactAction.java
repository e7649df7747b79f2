package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TargetFields;
import org.rapidin.plugin.node.NodesModelAction;
import org.rapidin.plugin.node.ProgressTask;

/**
 * Fits an artefact on a thread of the generic pool: to vectors on the node that got the request, to
 * texts on a node that has the model, to which the request is sent on. A node fits two at a time,
 * because each keeps a thread of that pool until it ends; more are refused (429).
 */
public final class TransportFitArtefactAction
    extends HandledTransportAction<FitArtefactAction.Request, ArtefactsResponse> {
  private static final int AT_ONCE = 2;

  private final Semaphore free = new Semaphore(AT_ONCE);
  private final Client client;
  private final ClusterService cluster;
  private final TransportService transport;
  private final ThreadPool threadPool;
  private final AttributorRegistry registry;
  private final VectorFits ofVectors;
  private final ComponentFits ofTexts;

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
      ModelCatalog catalog,
      LocalGradients local,
      Artefacts artefacts) {
    super(FitArtefactAction.NAME, transportService, filters, FitArtefactAction.Request::new);
    this.client = client;
    this.cluster = clusterService;
    this.transport = transportService;
    this.threadPool = threadPool;
    this.registry = registry;
    this.ofVectors =
        new VectorFits(
            new VectorLayers(registry),
            new TargetFields(clusterService::state, resolver, mappings),
            transportService,
            artefacts);
    this.ofTexts = new ComponentFits(registry, catalog, local, artefacts);
  }

  @Override
  protected void doExecute(
      Task task, FitArtefactAction.Request request, ActionListener<ArtefactsResponse> listener) {
    boolean here = request.spec().type() != ArtefactType.PCA || request.isFromAnotherNode();
    if (here) {
      start((ProgressTask) task, request, listener);
    } else {
      findModel((ProgressTask) task, request, listener);
    }
  }

  private void findModel(
      ProgressTask task,
      FitArtefactAction.Request request,
      ActionListener<ArtefactsResponse> listener) {
    RegisteredAttributor attributor = registry.require(request.spec().attributor());
    ComponentFits.requireLogra(attributor);
    asUser(task)
        .execute(
            NodesModelAction.INSTANCE,
            new NodesModelAction.Request(attributor.spec()),
            ActionListener.wrap(
                answers -> send(ModelNodes.of(attributor, answers), task, request, listener),
                listener::onFailure));
  }

  private void send(
      ModelNodes nodes,
      ProgressTask task,
      FitArtefactAction.Request request,
      ActionListener<ArtefactsResponse> listener) {
    DiscoveryNode node = nodes.preferring(cluster.localNode());
    if (node.equals(cluster.localNode())) {
      start(task, request, listener);
      return;
    }
    task.progress(null); // the other node's task has it
    transport.sendChildRequest(
        node,
        FitArtefactAction.NAME,
        request,
        task,
        TransportRequestOptions.EMPTY,
        new ActionListenerResponseHandler<>(listener, ArtefactsResponse::new));
  }

  private Client asUser(ProgressTask task) {
    return new ParentTaskAssigningClient(client, cluster.localNode(), task);
  }

  private void start(
      ProgressTask task,
      FitArtefactAction.Request request,
      ActionListener<ArtefactsResponse> listener) {
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
                () -> new ArtefactsResponse(List.of(fit(request, task)))));
  }

  private StoredArtefact fit(FitArtefactAction.Request request, ProgressTask task)
      throws IOException {
    TaskId id = new TaskId(cluster.localNode().getId(), task.getId());
    return request.spec().type() == ArtefactType.PCA
        ? ofTexts.fit(request, task, id, asUser(task))
        : ofVectors.fit(request, task, id, asUser(task), cluster.state().nodes());
  }
}
