package org.rapidin.plugin.compare;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.wire.VersionedBody;

/** Compares how two attributors rank the documents of an index, by their stored vectors. */
public final class CompareAction extends ActionType<CompareAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/attributor/compare";

  /** The only instance. */
  public static final CompareAction INSTANCE = new CompareAction();

  private static final int VERSION = 1;

  private CompareAction() {
    super(NAME, Response::new);
  }

  /**
   * An attributor and the field with its vectors.
   *
   * @param attributor id
   * @param field full name; null for the only field of the attributor
   */
  public record Side(String attributor, String field) implements Writeable {
    public Side {
      Objects.requireNonNull(attributor, "attributor");
    }

    Side(StreamInput in) throws IOException {
      this(in.readString(), in.readOptionalString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(attributor);
      out.writeOptionalString(field);
    }
  }

  /** Two attributors, and the documents that they are compared on. */
  public static final class Request extends ActionRequest {
    private final Side first;
    private final Side second;
    private final String index;
    private final CompareSample sample;
    private final boolean storesResult;

    /**
     * Asks for a comparison.
     *
     * @param index names, aliases or patterns, separated by commas
     * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
     * @throws IllegalArgumentException if there is one attributor
     */
    public Request(
        Side first, Side second, String index, CompareSample sample, boolean storesResult) {
      if (first.attributor().equals(second.attributor())) {
        throw new IllegalArgumentException(
            "attributor [%s] cannot be compared with itself: name another one with [with]"
                .formatted(first.attributor()));
      }
      this.first = first;
      this.second = second;
      this.index = Objects.requireNonNull(index, "index");
      this.sample = sample;
      this.storesResult = storesResult;
    }

    Request(StreamInput in) throws IOException {
      record Fields(Side first, Side second, String index, CompareSample sample) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(
                      new Side(body), new Side(body), body.readString(), new CompareSample(body)));
      first = fields.first();
      second = fields.second();
      index = fields.index();
      sample = fields.sample();
      storesResult = false;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            first.writeTo(body);
            second.writeTo(body);
            body.writeString(index);
            sample.writeTo(body);
          });
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public boolean getShouldStoreResult() {
      return storesResult;
    }

    @Override
    public String getDescription() {
      return "compares attributors [%s] and [%s] on documents of [%s]"
          .formatted(first.attributor(), second.attributor(), index);
    }

    @Override
    public Task createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      ProgressTask task = new ProgressTask(id, type, action, getDescription(), parent, headers);
      task.progress(new CompareProgress(0, 0));
      return task;
    }

    Side first() {
      return first;
    }

    Side second() {
      return second;
    }

    String index() {
      return index;
    }

    CompareSample sample() {
      return sample;
    }
  }

  /** What the comparison found. */
  public static final class Response extends ActionResponse implements ToXContentObject {
    private final Side first;
    private final Side second;
    private final Agreement agreement;

    Response(Side first, Side second, Agreement agreement) {
      this.first = first;
      this.second = second;
      this.agreement = agreement;
    }

    Response(StreamInput in) throws IOException {
      record Fields(Side first, Side second, Agreement agreement) {}
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) -> new Fields(new Side(body), new Side(body), new Agreement(body)));
      first = fields.first();
      second = fields.second();
      agreement = fields.agreement();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            first.writeTo(body);
            second.writeTo(body);
            agreement.writeTo(body);
          });
    }

    Agreement agreement() {
      return agreement;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject();
      builder.field("attributor", first.attributor()).field("field", first.field());
      builder.field("with", second.attributor()).field("with_field", second.field());
      return agreement.toXContent(builder, params).endObject();
    }
  }
}
