package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.core.common.io.stream.StreamInput;

/** Copies the vectors of indices to the GPUs of the nodes that have their shards. */
public final class NodesWarmupAction extends ActionType<NodeAnswers<NodeWarmth>> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/warmup";

  /** The only instance. */
  public static final NodesWarmupAction INSTANCE = new NodesWarmupAction();

  private NodesWarmupAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeWarmth::read));
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
      return "copies the gradient vectors of [%s] to GPUs";
    }
  }
}
