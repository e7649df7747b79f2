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
 * Does nothing: being allowed to call it is the permission to search with a raw vector. Gradients
 * can be inverted to text, so raw vectors need a permission that text queries do not.
 */
public final class RawVectorAction extends ActionType<AcknowledgedResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/vectors/query";

  /** The only instance. */
  public static final RawVectorAction INSTANCE = new RawVectorAction();

  private RawVectorAction() {
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
