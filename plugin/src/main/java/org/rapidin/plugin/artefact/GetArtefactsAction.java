package org.rapidin.plugin.artefact;

import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** Shows one artefact, or all. */
public final class GetArtefactsAction extends ActionType<ArtefactsResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:monitor/rapidin/artefact/get";

  /** The only instance. */
  public static final GetArtefactsAction INSTANCE = new GetArtefactsAction();

  private GetArtefactsAction() {
    super(NAME, ArtefactsResponse::new);
  }

  /** Answers from the index of artefacts. */
  public static final class Transport
      extends HandledTransportAction<ArtefactRequest, ArtefactsResponse> {
    private final ArtefactIndex index;

    @Inject
    public Transport(
        TransportService transportService, ActionFilters filters, Artefacts artefacts) {
      super(NAME, transportService, filters, ArtefactRequest::new);
      this.index = artefacts.index();
    }

    @Override
    protected void doExecute(
        Task task, ArtefactRequest request, ActionListener<ArtefactsResponse> listener) {
      if (request.id() == null) {
        index.all(ActionListener.map(listener, ArtefactsResponse::new));
      } else {
        index.find(
            request.id(),
            ActionListener.map(
                listener, found -> new ArtefactsResponse(List.of(request.require(found)))));
      }
    }
  }
}
