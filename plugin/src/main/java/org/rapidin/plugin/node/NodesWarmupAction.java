package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/** Copies the vectors of indices to the GPUs of the nodes that have their shards. */
public final class NodesWarmupAction extends ActionType<NodeAnswers<NodeWarmth>> {
  private static final int VERSION = 1;

  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/warmup";

  /** The only instance. */
  public static final NodesWarmupAction INSTANCE = new NodesWarmupAction();

  private NodesWarmupAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeWarmth::read));
  }

  /** Names the indices. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final String[] indices;
    private final boolean storesResult;

    /**
     * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
     * @param indices names, aliases or patterns
     */
    public Request(boolean storesResult, String... indices) {
      super(new String[0]);
      this.storesResult = storesResult;
      this.indices = indices;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      indices = VersionedBody.read(in, (version, body) -> body.readStringArray());
      storesResult = false;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> body.writeStringArray(indices));
    }

    @Override
    public boolean getShouldStoreResult() {
      return storesResult;
    }

    @Override
    public String getDescription() {
      return "copies the gradient vectors of [" + String.join(",", indices) + "] to GPUs";
    }

    @Override
    public Task createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      return new WarmupTask(id, type, action, getDescription(), parent, headers);
    }

    String[] indices() {
      return indices;
    }
  }
}
