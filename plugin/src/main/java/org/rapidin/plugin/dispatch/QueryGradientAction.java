package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.plugin.handle.ErrorWire;
import org.rapidin.plugin.handle.PartsWire;
import org.rapidin.plugin.handle.WordsWire;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Computes the gradient of a generation for an influence query. It runs a model, so it has its own
 * permission, checked with the identity of the user who searches. It is executed on the node that
 * coordinates the search.
 */
public final class QueryGradientAction extends ActionType<QueryGradientAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/gradient";

  /** The only instance. */
  public static final QueryGradientAction INSTANCE = new QueryGradientAction();

  private static final int VERSION = 1;
  // Version 2 added the parts of modules, version 3 the error of influences, version 4 the words.
  private static final int RESPONSE_VERSION = 4;

  private QueryGradientAction() {
    super(NAME, Response::new);
  }

  /** Names the attributor and the generation. */
  public static final class Request extends ActionRequest {
    private final String attributor;
    private final Generation generation;

    Request(String attributor, Generation generation) {
      this.attributor = attributor;
      this.generation = generation;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String attributor, Generation generation) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in, (version, body) -> new Fields(body.readString(), Generation.read(body)));
      attributor = fields.attributor();
      generation = fields.generation();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(attributor);
            generation.writeTo(body);
          });
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public GradientTask createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      return new GradientTask(id, type, action, getDescription(), parent, headers);
    }

    @Override
    public String getDescription() {
      return generation.description(attributor);
    }

    String attributor() {
      return attributor;
    }

    Generation generation() {
      return generation;
    }
  }

  /** Holds the gradient. */
  public static final class Response extends ActionResponse {
    private final QueryGradient gradient;

    Response(QueryGradient gradient) {
      this.gradient = gradient;
    }

    Response(StreamInput in) throws IOException {
      gradient =
          VersionedBody.read(
              in,
              (version, body) -> {
                QueryGradient read = GradientWire.readQuery(body);
                QueryGradient apart = version < 2 ? read : read.withParts(PartsWire.read(body));
                QueryGradient whole = version < 3 ? apart : apart.withError(ErrorWire.read(body));
                return version < 4 ? whole : whole.withWords(WordsWire.read(body));
              });
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out,
          RESPONSE_VERSION,
          body -> {
            GradientWire.writeQuery(body, gradient);
            PartsWire.write(body, gradient.parts());
            ErrorWire.write(body, gradient.error());
            WordsWire.write(body, gradient.words());
          });
    }

    /** The gradient; its arrays are shared with other queries and must not be changed. */
    public QueryGradient gradient() {
      return gradient;
    }
  }
}
