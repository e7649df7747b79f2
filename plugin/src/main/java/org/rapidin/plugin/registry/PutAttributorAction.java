package org.rapidin.plugin.registry;

import java.io.IOException;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.clustermanager.AcknowledgedRequest;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** Registers an attributor in the cluster. */
public final class PutAttributorAction extends ActionType<PutAttributorAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/attributor/put";

  /** The only instance. */
  public static final PutAttributorAction INSTANCE = new PutAttributorAction();

  private PutAttributorAction() {
    super(NAME, Response::new);
  }

  /** The attributor that is wanted. */
  public static final class Request extends AcknowledgedRequest<Request> {
    private final String id;
    private final AttributorSpec spec;

    /**
     * Wants an attributor.
     *
     * @throws IllegalArgumentException if the id is no name
     */
    public Request(String id, AttributorSpec spec) {
      RegisteredAttributor.requireId(id);
      this.id = id;
      this.spec = spec;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      id = in.readString();
      spec = AttributorSpecFormat.fromMap(in.readMap());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeString(id);
      out.writeMap(AttributorSpecFormat.toMap(spec));
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    /** Name of the attributor. */
    public String id() {
      return id;
    }

    /** How text becomes a vector. */
    public AttributorSpec spec() {
      return spec;
    }
  }

  /** The attributor as it is registered now. */
  public static final class Response extends AcknowledgedResponse {
    private final RegisteredAttributor attributor;

    /**
     * Tells what is registered.
     *
     * @param acknowledged whether all nodes know it already
     */
    public Response(boolean acknowledged, RegisteredAttributor attributor) {
      super(acknowledged);
      this.attributor = attributor;
    }

    /** Reads a response from another node. */
    public Response(StreamInput in) throws IOException {
      super(in);
      attributor = new RegisteredAttributor(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      attributor.writeTo(out);
    }

    /** The attributor as it is registered. */
    public RegisteredAttributor attributor() {
      return attributor;
    }

    @Override
    protected void addCustomFields(XContentBuilder builder, Params params) throws IOException {
      builder.field("id", attributor.id());
      builder.field("fingerprint", attributor.fingerprint());
      builder.field("score_scale", attributor.scoreScale());
    }
  }
}
