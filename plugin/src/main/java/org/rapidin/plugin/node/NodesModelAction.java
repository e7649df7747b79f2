package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks every node which files it has for an attributor's model. */
public final class NodesModelAction extends ActionType<NodeAnswers<ModelReport>> {
  private static final int VERSION = 2;

  /** The action's name; called while an attributor is put or an artefact is fitted. */
  public static final String NAME = "cluster:monitor/rapidin/model/digests";

  /** The only instance. */
  public static final NodesModelAction INSTANCE = new NodesModelAction();

  private NodesModelAction() {
    super(NAME, in -> new NodeAnswers<>(in, ModelReport::read));
  }

  /** Names the files: the attributor's spec does. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final AttributorSpec spec;
    private final boolean parts;

    /** Asks all nodes. */
    public Request(AttributorSpec spec) {
      this(spec, false);
    }

    /**
     * Asks all nodes.
     *
     * @param parts whether to say which numbers of a vector belong to which layer; nodes of an
     *     earlier version do not
     */
    public Request(AttributorSpec spec, boolean parts) {
      super(new String[0]);
      this.spec = spec;
      this.parts = parts;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(AttributorSpec spec, boolean parts) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(
                      AttributorSpecFormat.fromMap(body.readMap()),
                      version >= 2 && body.readBoolean()));
      spec = fields.spec();
      parts = fields.parts();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeMap(AttributorSpecFormat.toMap(spec));
            body.writeBoolean(parts);
          });
    }

    AttributorSpec spec() {
      return spec;
    }

    boolean parts() {
      return parts;
    }
  }
}
