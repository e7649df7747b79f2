package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.core.common.io.stream.StreamInput;

/** Reads the vector files of indices and compares them with their checksums. */
public final class NodesVerifyAction extends ActionType<NodeAnswers<NodeVerification>> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/verify";

  /** The only instance. */
  public static final NodesVerifyAction INSTANCE = new NodesVerifyAction();

  private NodesVerifyAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeVerification::read));
  }

  /** Names the indices. */
  public static final class Request extends ShardsRequest<Request> {
    /**
     * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
     * @param indices names, aliases or patterns
     */
    public Request(boolean storesResult, String... indices) {
      super(storesResult, indices);
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    String purpose() {
      return "verifies the gradient vectors of [%s]";
    }
  }
}
