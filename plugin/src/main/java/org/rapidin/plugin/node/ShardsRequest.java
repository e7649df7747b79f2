package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Asks the nodes that have shards of some indices to do something with them.
 *
 * @param <Q> the request itself
 */
public abstract class ShardsRequest<Q extends ShardsRequest<Q>> extends BaseNodesRequest<Q> {
  private static final int VERSION = 1;

  private final String[] indices;
  private final boolean storesResult;

  /**
   * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
   * @param indices names, aliases or patterns
   */
  protected ShardsRequest(boolean storesResult, String... indices) {
    super(new String[0]);
    this.storesResult = storesResult;
    this.indices = indices;
  }

  /** Reads a request from another node. */
  protected ShardsRequest(StreamInput in) throws IOException {
    super(in);
    indices = VersionedBody.read(in, (version, body) -> body.readStringArray());
    storesResult = false;
  }

  @Override
  public final void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(out, VERSION, body -> body.writeStringArray(indices));
  }

  /** What is done, in words, such as {@code copies the vectors of [%s]}. */
  abstract String purpose();

  @Override
  public final boolean getShouldStoreResult() {
    return storesResult;
  }

  @Override
  public final String getDescription() {
    return purpose().formatted(String.join(",", indices));
  }

  @Override
  public final Task createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new ShardsTask(id, type, action, getDescription(), parent, headers);
  }

  final String[] indices() {
    return indices;
  }
}
