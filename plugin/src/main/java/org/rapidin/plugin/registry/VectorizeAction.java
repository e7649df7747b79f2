package org.rapidin.plugin.registry;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.dispatch.GradientWire;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Computes vectors and returns them. Gradients can be inverted to text, so this has its own
 * permission.
 */
public final class VectorizeAction extends ActionType<VectorizeAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/vectors/compute";

  /** The only instance. */
  public static final VectorizeAction INSTANCE = new VectorizeAction();

  private static final int VERSION = 1;

  private VectorizeAction() {
    super(NAME, Response::new);
  }

  /** The texts whose vectors are wanted. */
  public static final class Request extends ActionRequest {
    private final String attributor;
    private final List<Sample> samples;

    /**
     * @param attributor id of a registered attributor
     * @param samples at least one
     */
    public Request(String attributor, List<Sample> samples) {
      this.attributor = attributor;
      this.samples = List.copyOf(samples);
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String attributor, List<Sample> samples) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(body.readString(), body.readList(GradientWire::readSample)));
      attributor = fields.attributor();
      samples = fields.samples();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(attributor);
            body.writeCollection(samples, GradientWire::writeSample);
          });
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public Task createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      String description = "attributor [%s], samples [%s]".formatted(attributor, samples.size());
      return new CancellableTask(id, type, action, description, parent, headers) {
        @Override
        public boolean shouldCancelChildrenOnCancellation() {
          return true;
        }
      };
    }

    String attributor() {
      return attributor;
    }

    List<Sample> samples() {
      return samples;
    }
  }

  /**
   * One vector, or the reason why there is none, per sample in order. They follow the versioned
   * body, which would copy them.
   */
  public static final class Response extends ActionResponse implements ToXContentObject {
    private final List<GradientResult> results;

    Response(List<GradientResult> results) {
      this.results = results;
    }

    /** Reads a response from another node. */
    public Response(StreamInput in) throws IOException {
      VersionedBody.read(in, (version, body) -> version);
      results = in.readList(GradientWire::readResult);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(out, VERSION, body -> {});
      out.writeCollection(results, GradientWire::writeResult);
    }

    /** One per sample, in order. */
    public List<GradientResult> results() {
      return results;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject().startArray("vectors");
      for (GradientResult result : results) {
        switch (result) {
          case GradientResult.Vector vector -> write(builder, vector);
          case GradientResult.Failure failure ->
              builder.startObject().field("error", failure.reason()).endObject();
        }
      }
      return builder.endArray().endObject();
    }

    private static void write(XContentBuilder builder, GradientResult.Vector vector)
        throws IOException {
      builder
          .startObject()
          .field("dimension", vector.vector().dimension())
          .field("vector", Base64.getEncoder().encodeToString(vector.vector().toBytes()))
          .field("norm", vector.vector().norm())
          .field("tokens", vector.tokens())
          .field("truncated", vector.truncated())
          .endObject();
    }
  }
}
