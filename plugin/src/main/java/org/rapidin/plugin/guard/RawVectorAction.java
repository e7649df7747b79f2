package org.rapidin.plugin.guard;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Does nothing: being allowed to call it is the permission to search with a raw vector. Gradients
 * can be inverted to text, so raw vectors need a permission that text queries do not.
 */
public final class RawVectorAction extends ActionType<AcknowledgedResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/vectors/query";

  /** The only instance. */
  public static final RawVectorAction INSTANCE = new RawVectorAction();

  private static final int VERSION = 1;

  private RawVectorAction() {
    super(NAME, AcknowledgedResponse::new);
  }

  /** Asks for the permission; holds nothing. */
  public static final class Request extends ActionRequest {
    /** Asks for the permission. */
    public Request() {}

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      VersionedBody.read(in, (version, body) -> version);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> {});
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }
  }

  /** Always succeeds: a security plugin refuses users without the permission before it runs. */
  public static final class Transport
      extends HandledTransportAction<Request, AcknowledgedResponse> {
    @Inject
    public Transport(TransportService transportService, ActionFilters filters) {
      super(NAME, transportService, filters, Request::new);
    }

    @Override
    protected void doExecute(
        Task task, Request request, ActionListener<AcknowledgedResponse> listener) {
      listener.onResponse(new AcknowledgedResponse(true));
    }
  }
}
