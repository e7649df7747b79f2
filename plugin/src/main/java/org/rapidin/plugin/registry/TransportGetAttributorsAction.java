package org.rapidin.plugin.registry;

import java.util.List;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.StoredAttributor;

/** Answers {@link GetAttributorsAction} from the cluster state of this node. */
public final class TransportGetAttributorsAction
    extends HandledTransportAction<GetAttributorsAction.Request, GetAttributorsAction.Response> {
  private final ClusterService clusterService;

  @Inject
  public TransportGetAttributorsAction(
      TransportService transportService, ActionFilters filters, ClusterService clusterService) {
    super(GetAttributorsAction.NAME, transportService, filters, GetAttributorsAction.Request::new);
    this.clusterService = clusterService;
  }

  @Override
  protected void doExecute(
      Task task,
      GetAttributorsAction.Request request,
      ActionListener<GetAttributorsAction.Response> listener) {
    ActionListener.completeWith(
        listener,
        () ->
            new GetAttributorsAction.Response(
                find(request.id(), AttributorMetadata.of(clusterService.state()))));
  }

  private static List<StoredAttributor> find(String id, AttributorMetadata metadata) {
    if (id == null) {
      return List.copyOf(metadata.stored().values());
    }
    StoredAttributor found = metadata.stored().get(id);
    if (found == null) {
      throw missing(id, metadata);
    }
    return List.of(found);
  }

  /** The answer (404) to an id that no attributor has. */
  static ResourceNotFoundException missing(String id, AttributorMetadata metadata) {
    return new ResourceNotFoundException(
        AttributorRegistry.unknown(id, metadata.stored().keySet()).getMessage());
  }
}
