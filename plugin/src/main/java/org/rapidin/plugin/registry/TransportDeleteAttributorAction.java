package org.rapidin.plugin.registry;

import java.io.IOException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.action.support.clustermanager.TransportClusterManagerNodeAction;
import org.opensearch.cluster.AckedClusterStateUpdateTask;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.block.ClusterBlockException;
import org.opensearch.cluster.block.ClusterBlockLevel;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.mapper.GradientMappings;

/** Removes an attributor that nothing uses. Runs on the cluster manager. */
public final class TransportDeleteAttributorAction
    extends TransportClusterManagerNodeAction<
        DeleteAttributorAction.Request, AcknowledgedResponse> {
  private final GradientMappings mappings;

  @Inject
  public TransportDeleteAttributorAction(
      TransportService transportService,
      ClusterService clusterService,
      ThreadPool threadPool,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      GradientMappings mappings) {
    super(
        DeleteAttributorAction.NAME,
        transportService,
        clusterService,
        threadPool,
        filters,
        DeleteAttributorAction.Request::new,
        resolver);
    this.mappings = mappings;
  }

  @Override
  protected void clusterManagerOperation(
      DeleteAttributorAction.Request request,
      ClusterState state,
      ActionListener<AcknowledgedResponse> listener) {
    AttributorUsage usage = new AttributorUsage(request.id(), mappings);
    // Parses on this thread, so that the one of state updates finds parsed what has not changed.
    without(state, usage, request.force());
    clusterService.submitStateUpdateTask(
        "delete-rapidin-attributor [" + request.id() + "]",
        new AckedClusterStateUpdateTask<AcknowledgedResponse>(request, listener) {
          @Override
          protected AcknowledgedResponse newResponse(boolean acknowledged) {
            return new AcknowledgedResponse(acknowledged);
          }

          @Override
          public ClusterState execute(ClusterState current) {
            return without(current, usage, request.force());
          }
        });
  }

  /**
   * The state without the attributor.
   *
   * @throws ResourceNotFoundException (404) if there is none of that id
   * @throws OpenSearchStatusException (409) if it is in use and {@code force} is not given
   */
  static ClusterState without(ClusterState state, AttributorUsage usage, boolean force) {
    String id = usage.id();
    AttributorMetadata before = AttributorMetadata.of(state);
    if (!before.stored().containsKey(id)) {
      throw TransportGetAttributorsAction.missing(id, before);
    }
    AttributorUsers users = force ? new AttributorUsers() : usage.in(state);
    if (!users.isEmpty()) {
      throw new OpenSearchStatusException(
          "attributor [%s] is used by %s: delete those first, or use force=true, which keeps their documents but ends computed vectors and searches by text there until an attributor with this id and the same fingerprint is put again"
              .formatted(id, users),
          RestStatus.CONFLICT);
    }
    return ClusterState.builder(state)
        .metadata(before.without(id).putInto(Metadata.builder(state.metadata())))
        .build();
  }

  @Override
  protected String executor() {
    return ThreadPool.Names.GENERIC;
  }

  @Override
  protected AcknowledgedResponse read(StreamInput in) throws IOException {
    return new AcknowledgedResponse(in);
  }

  @Override
  protected ClusterBlockException checkBlock(
      DeleteAttributorAction.Request request, ClusterState state) {
    return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
  }
}
