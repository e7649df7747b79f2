package org.rapidin.plugin.registry;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.attributor.StoredAttributor;
import org.rapidin.plugin.wire.VersionedBody;

/** Shows one attributor, or all. */
public final class GetAttributorsAction extends ActionType<GetAttributorsAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:monitor/rapidin/attributor/get";

  /** The only instance. */
  public static final GetAttributorsAction INSTANCE = new GetAttributorsAction();

  private static final int VERSION = 1;

  private GetAttributorsAction() {
    super(NAME, Response::new);
  }

  /** Names one attributor, or none for all. */
  public static final class Request extends ActionRequest {
    private final String id;

    /**
     * Names an attributor.
     *
     * @param id or null for all
     */
    public Request(String id) {
      this.id = id;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      id = VersionedBody.read(in, (version, body) -> body.readOptionalString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> body.writeOptionalString(id));
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    String id() {
      return id;
    }
  }

  /** The attributors asked for. */
  public static final class Response extends ActionResponse implements ToXContentObject {
    private final List<StoredAttributor> attributors;

    Response(List<StoredAttributor> attributors) {
      this.attributors = attributors;
    }

    /** Reads a response from another node. */
    public Response(StreamInput in) throws IOException {
      attributors =
          VersionedBody.read(in, (version, body) -> body.readList(StoredAttributor::read));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(out, VERSION, body -> body.writeList(attributors));
    }

    /** The attributors that this version can use, ordered by id. */
    public List<RegisteredAttributor> attributors() {
      return attributors.stream()
          .filter(StoredAttributor::isUsable)
          .map(StoredAttributor::require)
          .toList();
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject();
      for (StoredAttributor attributor : attributors) {
        builder.field(attributor.id(), attributor);
      }
      return builder.endObject();
    }
  }
}
