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

  private static final String PURPOSE = "copies the gradient vectors of [%s] to GPUs";

  private NodesWarmupAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeWarmth::read));
  }

  /** Asks for indices; see {@link ShardsRequest}. */
  public static ShardsRequest request(boolean storesResult, String... indices) {
    return new ShardsRequest(PURPOSE, storesResult, indices);
  }

  static ShardsRequest read(StreamInput in) throws IOException {
    return new ShardsRequest(PURPOSE, in);
  }
}
