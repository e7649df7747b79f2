package org.rapidin.plugin.guard;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/**
 * Does nothing: to be allowed to call it is the permission to compare influences with a background.
 * From the exact means and counts of many queries the vectors of a background can be recovered,
 * even those of documents that the user may not read, so the permission to search is not enough.
 */
public final class BackgroundAction extends ActionType<AcknowledgedResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/artefacts/background";

  /** The only instance. */
  public static final BackgroundAction INSTANCE = new BackgroundAction();

  private BackgroundAction() {
    super(NAME, AcknowledgedResponse::new);
  }

  /** Always succeeds: a security plugin refuses users without the permission before it runs. */
  public static final class Transport
      extends HandledTransportAction<PermissionRequest, AcknowledgedResponse> {
    @Inject
    public Transport(TransportService transportService, ActionFilters filters) {
      super(NAME, transportService, filters, PermissionRequest::new);
    }

    @Override
    protected void doExecute(
        Task task, PermissionRequest request, ActionListener<AcknowledgedResponse> listener) {
      listener.onResponse(new AcknowledgedResponse(true));
    }
  }
}
