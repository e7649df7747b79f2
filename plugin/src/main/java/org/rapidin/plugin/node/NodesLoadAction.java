package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.plugin.wire.VersionedBody;

/** Loads a model's attributors into memory on every node that has the model, or frees them. */
public final class NodesLoadAction extends ActionType<NodeAnswers<NodesLoadAction.Loaded>> {
  private static final int VERSION = 1;

  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/model/load";

  /** The only instance. */
  public static final NodesLoadAction INSTANCE = new NodesLoadAction();

  private NodesLoadAction() {
    super(NAME, in -> new NodeAnswers<>(in, Loaded::read));
  }

  /** Names the model. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final String model;
    private final boolean load;

    /**
     * @param model directory name
     * @param load true to load the model, false to free it
     */
    public Request(String model, boolean load) {
      super(new String[0]);
      this.model = model;
      this.load = load;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String model, boolean load) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in, (version, body) -> new Fields(body.readString(), body.readBoolean()));
      model = fields.model();
      load = fields.load();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(model);
            body.writeBoolean(load);
          });
    }

    String model() {
      return model;
    }

    boolean load() {
      return load;
    }
  }

  /**
   * What one node did.
   *
   * @param present whether the node has the model's directory
   * @param attributors how many were loaded or freed
   */
  public record Loaded(boolean present, int attributors) implements Writeable {
    static Loaded read(StreamInput in) throws IOException {
      return VersionedBody.read(
          in, (version, body) -> new Loaded(body.readBoolean(), body.readVInt()));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeBoolean(present);
            body.writeVInt(attributors);
          });
    }
  }
}
