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

  private static final String PURPOSE = "verifies the gradient vectors of [%s]";

  private NodesVerifyAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeVerification::read));
  }

  /** Asks for indices; see {@link ShardsRequest}. */
  public static ShardsRequest request(boolean storesResult, String... indices) {
    return new ShardsRequest(PURPOSE, storesResult, indices);
  }

  static ShardsRequest read(StreamInput in) throws IOException {
    return new ShardsRequest(PURPOSE, in);
  }
}
