package org.rapidin.plugin.registry;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.clustermanager.TransportClusterManagerNodeAction;
import org.opensearch.cluster.AckedClusterStateUpdateTask;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.block.ClusterBlockException;
import org.opensearch.cluster.block.ClusterBlockLevel;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.ReceiveTimeoutTransportException;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.artefact.ArtefactUsers;
import org.rapidin.plugin.artefact.Artefacts;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.ModelAgreement;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.attributor.StoredAttributor;
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesModelAction;

/**
 * Asks all nodes for the attributor's model, then writes fingerprint and score scale into the
 * cluster state. Runs on the cluster manager.
 */
public final class TransportPutAttributorAction
    extends TransportClusterManagerNodeAction<
        PutAttributorAction.Request, PutAttributorAction.Response> {
  private static final String STILL_HASHING =
      "it still computes their digests, which takes seconds per gigabyte. Repeat the request, or give it a larger timeout; GET _plugins/_rapidin/stats shows the progress";

  private final Client client;
  private final Artefacts artefacts;

  @Inject
  public TransportPutAttributorAction(
      TransportService transportService,
      ClusterService clusterService,
      ThreadPool threadPool,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      Client client,
      Artefacts artefacts) {
    super(
        PutAttributorAction.NAME,
        transportService,
        clusterService,
        threadPool,
        filters,
        PutAttributorAction.Request::new,
        resolver);
    this.client = client;
    this.artefacts = artefacts;
  }

  @Override
  protected void clusterManagerOperation(
      PutAttributorAction.Request request,
      ClusterState state,
      ActionListener<PutAttributorAction.Response> listener) {
    ArtefactUsers.resolve(
        request.spec(),
        artefacts,
        state,
        ActionListener.wrap(
            resolved -> askNodes(request.with(resolved.spec()), listener), listener::onFailure));
  }

  private void askNodes(
      PutAttributorAction.Request request, ActionListener<PutAttributorAction.Response> listener) {
    client.execute(
        NodesModelAction.INSTANCE,
        new NodesModelAction.Request(request.spec()).timeout(request.timeout()),
        ActionListener.wrap(answers -> check(request, answers, listener), listener::onFailure));
  }

  private void check(
      PutAttributorAction.Request request,
      NodeAnswers<ModelReport> answers,
      ActionListener<PutAttributorAction.Response> listener) {
    RegisteredAttributor attributor = resolve(request, reports(answers));
    with(clusterService.state(), attributor); // a conflict needs no check
    new PutCheck(client)
        .run(
            request,
            attributor,
            answers.getNodes().stream()
                .filter(answer -> answer.value() instanceof ModelReport.Usable)
                .map(answer -> answer.getNode().getId())
                .toList(),
            ActionListener.wrap(
                result -> requireArtefact(request, attributor, result, listener),
                listener::onFailure));
  }

  /**
   * Looks the artefact up once more, with the digest, since the checks before took long: it may
   * have been deleted meanwhile.
   */
  private void requireArtefact(
      PutAttributorAction.Request request,
      RegisteredAttributor attributor,
      AttributorCheckResult check,
      ActionListener<PutAttributorAction.Response> listener) {
    ArtefactUsers.resolve(
        request.spec(),
        artefacts,
        clusterService.state(),
        ActionListener.wrap(
            same ->
                requireFiles(
                    same,
                    request,
                    ActionListener.wrap(
                        done -> register(request, attributor, check, listener),
                        listener::onFailure)),
            listener::onFailure));
  }

  /** The files may have been replaced since the artefact was fitted. */
  private void requireFiles(
      ArtefactUsers.Resolved resolved,
      PutAttributorAction.Request request,
      ActionListener<Void> listener) {
    if (resolved.fitted().isEmpty()) {
      listener.onResponse(null);
      return;
    }
    client.execute(
        NodesModelAction.INSTANCE,
        new NodesModelAction.Request(resolved.fitted().get().spec()).timeout(request.timeout()),
        ActionListener.map(
            listener,
            answers -> {
              resolved.requireFiles(reports(answers));
              return null;
            }));
  }

  /** The same attributor again is accepted when no node with its model is up. */
  private RegisteredAttributor resolve(
      PutAttributorAction.Request request, Map<String, ModelReport> reports) {
    RegisteredAttributor present =
        AttributorMetadata.of(clusterService.state()).attributors().get(request.id());
    boolean nobodyKnows = reports.values().stream().allMatch(ModelReport.Absent.class::isInstance);
    return present != null && nobodyKnows && request.spec().mayBecome(present.spec())
        ? present
        : ModelAgreement.resolve(request.id(), request.spec(), reports);
  }

  /** A node that cannot read an attributor that this one has read is of an earlier version. */
  private static String reason(Exception failure) {
    if (ExceptionsHelper.unwrap(failure, ReceiveTimeoutTransportException.class) != null) {
      return STILL_HASHING;
    }
    Throwable unread = ExceptionsHelper.unwrap(failure, IllegalArgumentException.class);
    return unread == null
        ? failure.getMessage()
        : "its version of the plugin does not know what the attributor needs: %s; upgrade the plugin on every node"
            .formatted(unread.getMessage());
  }

  private Map<String, ModelReport> reports(NodeAnswers<ModelReport> answers) {
    if (answers.hasFailures()) {
      FailedNodeException first = answers.failures().getFirst();
      throw new OpenSearchStatusException(
          "node [%s] did not report its model files: %s".formatted(nameOf(first), reason(first)),
          RestStatus.SERVICE_UNAVAILABLE,
          first);
    }
    Map<String, ModelReport> reports = new TreeMap<>();
    for (NodeAnswer<ModelReport> answer : answers.getNodes()) {
      reports.put(answer.getNode().getName(), answer.value());
    }
    return reports;
  }

  /** The name of a failed node; its id if it has left. */
  private String nameOf(FailedNodeException failure) {
    DiscoveryNode node = clusterService.state().nodes().get(failure.nodeId());
    return node == null ? failure.nodeId() : node.getName();
  }

  private void register(
      PutAttributorAction.Request request,
      RegisteredAttributor attributor,
      AttributorCheckResult check,
      ActionListener<PutAttributorAction.Response> listener) {
    clusterService.submitStateUpdateTask(
        "put-rapidin-attributor [" + attributor.id() + "]",
        new AckedClusterStateUpdateTask<PutAttributorAction.Response>(request, listener) {
          @Override
          protected PutAttributorAction.Response newResponse(boolean acknowledged) {
            return new PutAttributorAction.Response(acknowledged, attributor, check);
          }

          @Override
          public ClusterState execute(ClusterState current) {
            return with(current, attributor);
          }
        });
  }

  /**
   * The state with the attributor in it; the same state if it is there already.
   *
   * @throws OpenSearchStatusException (409) if another attributor has the id
   */
  static ClusterState with(ClusterState state, RegisteredAttributor attributor) {
    AttributorMetadata before = AttributorMetadata.of(state);
    StoredAttributor present = before.stored().get(attributor.id());
    if (present != null && present.isUsable() && attributor.equals(present.require())) {
      return state;
    }
    if (present != null) {
      boolean sameSpec = present.isUsable() && present.require().spec().equals(attributor.spec());
      throw new OpenSearchStatusException(
          "attributor [%s] exists with %s, and attributors do not change because stored vectors depend on them; use another id, or DELETE it first"
              .formatted(attributor.id(), sameSpec ? "other model files" : "another spec"),
          RestStatus.CONFLICT);
    }
    return ClusterState.builder(state)
        .metadata(before.with(attributor).putInto(Metadata.builder(state.metadata())))
        .build();
  }

  @Override
  protected String executor() {
    return ThreadPool.Names.SAME;
  }

  @Override
  protected PutAttributorAction.Response read(StreamInput in) throws IOException {
    return new PutAttributorAction.Response(in);
  }

  @Override
  protected ClusterBlockException checkBlock(
      PutAttributorAction.Request request, ClusterState state) {
    return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
  }
}
