package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.wire.VersionedBody;

/** Checks an attributor on the nodes that have its model; see the package {@code check}. */
public final class NodesCheckAction extends ActionType<NodeAnswers<AttributorCheckResult>> {
  private static final int VERSION = 1;

  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/attributor/check";

  /** The only instance. */
  public static final NodesCheckAction INSTANCE = new NodesCheckAction();

  private NodesCheckAction() {
    super(NAME, in -> new NodeAnswers<>(in, AttributorCheckResult::read));
  }

  /** Names the attributor, which need not be registered yet. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final RegisteredAttributor attributor;

    /**
     * @param nodes ids of the nodes to ask; all if there are none
     */
    public Request(RegisteredAttributor attributor, String... nodes) {
      super(nodes);
      this.attributor = attributor;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      attributor = VersionedBody.read(in, (version, body) -> new RegisteredAttributor(body));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, attributor::writeTo);
    }

    RegisteredAttributor attributor() {
      return attributor;
    }
  }
}
