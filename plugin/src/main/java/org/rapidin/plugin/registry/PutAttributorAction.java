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
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.wire.VersionedBody;

/** Registers an attributor in the cluster. */
public final class PutAttributorAction extends ActionType<PutAttributorAction.Response> {
  private static final int VERSION = 1;

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
    private final boolean check;

    /**
     * Registers an attributor without checking it.
     *
     * @throws IllegalArgumentException if the id is not a valid name
     */
    public Request(String id, AttributorSpec spec) {
      this(id, spec, false);
    }

    /**
     * Registers an attributor.
     *
     * @param check whether it must pass the checks, which load its model and take seconds
     * @throws IllegalArgumentException if the id is not a valid name
     */
    public Request(String id, AttributorSpec spec, boolean check) {
      RegisteredAttributor.requireId(id);
      this.id = id;
      this.spec = spec;
      this.check = check;
    }

    /** The same request for another spec. */
    Request with(AttributorSpec other) {
      if (other.equals(spec)) {
        return this;
      }
      Request request = new Request(id, other, check);
      request.timeout(timeout());
      request.clusterManagerNodeTimeout(clusterManagerNodeTimeout());
      request.setParentTask(getParentTask());
      return request;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String id, AttributorSpec spec, boolean check) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(
                      body.readString(),
                      AttributorSpecFormat.fromMap(body.readMap()),
                      body.readBoolean()));
      id = fields.id();
      spec = fields.spec();
      check = fields.check();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(id);
            body.writeMap(AttributorSpecFormat.toMap(spec));
            body.writeBoolean(check);
          });
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

    /** Whether it must pass the checks. */
    boolean check() {
      return check;
    }
  }

  /** The attributor as it is registered now. */
  public static final class Response extends AcknowledgedResponse {
    private final RegisteredAttributor attributor;
    private final AttributorCheckResult check;

    /**
     * Tells what is registered.
     *
     * @param acknowledged whether all nodes know it already
     * @param check what the checks found
     */
    public Response(
        boolean acknowledged, RegisteredAttributor attributor, AttributorCheckResult check) {
      super(acknowledged);
      this.attributor = attributor;
      this.check = check;
    }

    /** Reads a response from another node. */
    public Response(StreamInput in) throws IOException {
      record Fields(RegisteredAttributor attributor, AttributorCheckResult check) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(new RegisteredAttributor(body), AttributorCheckResult.read(body)));
      attributor = fields.attributor();
      check = fields.check();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            attributor.writeTo(body);
            check.writeTo(body);
          });
    }

    /** What the checks found. */
    public AttributorCheckResult check() {
      return check;
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
      builder.startObject("check");
      check.toXContent(builder, params);
      builder.endObject();
    }
  }
}
