package org.rapidin.plugin.guard;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.action.support.TransportIndicesResolvingAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.metadata.OptionallyResolvedIndices;
import org.opensearch.cluster.metadata.ResolvedIndices;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Does nothing: being allowed to call it for an index is the permission to have gradients of
 * documents for that index computed. A bulk needs one permission for the cluster, and those for its
 * indices are asked when pipelines have run, which is too late.
 */
public final class DocumentGradientAction extends ActionType<AcknowledgedResponse> {
  /**
   * The permission's name. Roles that may write an index through bulks have it: {@code
   * indices:data/write/bulk*} is in the groups {@code index}, {@code write} and {@code crud}.
   */
  public static final String NAME = "indices:data/write/bulk/rapidin/gradient";

  /** The only instance. */
  public static final DocumentGradientAction INSTANCE = new DocumentGradientAction();

  private static final int VERSION = 1;

  private DocumentGradientAction() {
    super(NAME, AcknowledgedResponse::new);
  }

  /** Names the index; replaceable, because the security plugin reads no other kind. */
  public static final class Request extends ActionRequest implements IndicesRequest.Replaceable {
    private String[] indices;

    Request(String index) {
      this.indices = new String[] {index};
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      indices = VersionedBody.read(in, (version, body) -> body.readStringArray());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> body.writeStringArray(indices));
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public String[] indices() {
      return indices.clone();
    }

    @Override
    public Request indices(String... changed) {
      indices = changed.clone();
      return this;
    }

    /** Those of a request that indexes a document. */
    @Override
    public IndicesOptions indicesOptions() {
      return IndicesOptions.strictSingleIndexNoExpandForbidClosed();
    }

    @Override
    public boolean includeDataStreams() {
      return true;
    }
  }

  /** Always succeeds: a security plugin refuses users without the permission before it runs. */
  public static final class Transport extends HandledTransportAction<Request, AcknowledgedResponse>
      implements TransportIndicesResolvingAction<Request> {
    @Inject
    public Transport(TransportService transportService, ActionFilters filters) {
      super(NAME, transportService, filters, Request::new);
    }

    @Override
    public OptionallyResolvedIndices resolveIndices(Request request) {
      return ResolvedIndices.of(request.indices());
    }

    @Override
    protected void doExecute(
        Task task, Request request, ActionListener<AcknowledgedResponse> listener) {
      listener.onResponse(new AcknowledgedResponse(true));
    }
  }
}
