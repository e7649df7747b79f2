package org.rapidin.plugin.artefact;

import java.util.Optional;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/**
 * Removes an artefact that no attributor names (409 otherwise); what fits it, if that is still
 * running, fails at its end.
 */
public final class DeleteArtefactAction extends ActionType<AcknowledgedResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/artefact/delete";

  /** The only instance. */
  public static final DeleteArtefactAction INSTANCE = new DeleteArtefactAction();

  private DeleteArtefactAction() {
    super(NAME, AcknowledgedResponse::new);
  }

  /** Deletes from the index of artefacts. */
  public static final class Transport
      extends HandledTransportAction<ArtefactRequest, AcknowledgedResponse> {
    private final ArtefactIndex index;
    private final ThreadPool threadPool;
    private final ClusterService cluster;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        ThreadPool threadPool,
        ClusterService cluster,
        Artefacts artefacts) {
      super(NAME, transportService, filters, ArtefactRequest::new);
      this.threadPool = threadPool;
      this.cluster = cluster;
      this.index = artefacts.index();
    }

    @Override
    protected void doExecute(
        Task task, ArtefactRequest request, ActionListener<AcknowledgedResponse> listener) {
      index.locate(
          request.id(),
          ActionListener.wrap(
              found ->
                  threadPool
                      .generic()
                      .execute(ActionRunnable.supply(listener, () -> delete(request, found))),
              listener::onFailure));
    }

    private AcknowledgedResponse delete(
        ArtefactRequest request, Optional<ArtefactIndex.Located> found) {
      ArtefactIndex.Located artefact = request.require(found);
      ArtefactUsers.requireNone(request.id(), cluster.state());
      index.delete(artefact);
      return new AcknowledgedResponse(true);
    }
  }
}
