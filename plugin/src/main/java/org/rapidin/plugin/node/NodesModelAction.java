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
  private static final int VERSION = 1;

  /** The action's name; called only while an attributor is put. */
  public static final String NAME = "cluster:monitor/rapidin/model/digests";

  /** The only instance. */
  public static final NodesModelAction INSTANCE = new NodesModelAction();

  private NodesModelAction() {
    super(NAME, in -> new NodeAnswers<>(in, ModelReport::read));
  }

  /** Names the files: the attributor's spec does. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final AttributorSpec spec;

    /** Asks all nodes. */
    public Request(AttributorSpec spec) {
      super(new String[0]);
      this.spec = spec;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      spec =
          VersionedBody.read(in, (version, body) -> AttributorSpecFormat.fromMap(body.readMap()));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> body.writeMap(AttributorSpecFormat.toMap(spec)));
    }

    AttributorSpec spec() {
      return spec;
    }
  }
}
