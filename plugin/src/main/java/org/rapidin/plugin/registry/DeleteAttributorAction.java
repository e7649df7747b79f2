package org.rapidin.plugin.registry;

import java.io.IOException;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.clustermanager.AcknowledgedRequest;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.wire.VersionedBody;

/** Removes an attributor from the cluster. */
public final class DeleteAttributorAction extends ActionType<AcknowledgedResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/attributor/delete";

  /** The only instance. */
  public static final DeleteAttributorAction INSTANCE = new DeleteAttributorAction();

  private static final int VERSION = 1;

  private DeleteAttributorAction() {
    super(NAME, AcknowledgedResponse::new);
  }

  /** Names the attributor. */
  public static final class Request extends AcknowledgedRequest<Request> {
    private final String id;
    private final boolean force;

    /**
     * Names the attributor.
     *
     * @param force whether indices and pipelines that use it are left without it
     */
    public Request(String id, boolean force) {
      this.id = id;
      this.force = force;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String id, boolean force) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in, (version, body) -> new Fields(body.readString(), body.readBoolean()));
      id = fields.id();
      force = fields.force();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(id);
            body.writeBoolean(force);
          });
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    String id() {
      return id;
    }

    boolean force() {
      return force;
    }
  }
}
