package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks the nodes that have shards of some indices to do something with them. */
public final class ShardsRequest extends BaseNodesRequest<ShardsRequest> {
  private static final int VERSION = 1;

  private final String purpose;
  private final String[] indices;
  private final boolean storesResult;

  /**
   * @param purpose what is done, in words, such as {@code copies the vectors of [%s]}
   * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
   * @param indices names, aliases or patterns
   */
  ShardsRequest(String purpose, boolean storesResult, String... indices) {
    super(new String[0]);
    this.purpose = purpose;
    this.storesResult = storesResult;
    this.indices = indices;
  }

  /** Reads a request from another node, which has the same purpose. */
  ShardsRequest(String purpose, StreamInput in) throws IOException {
    super(in);
    this.purpose = purpose;
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
    return purpose.formatted(String.join(",", indices));
  }

  @Override
  public Task createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new ProgressTask(id, type, action, getDescription(), parent, headers);
  }

  String[] indices() {
    return indices;
  }
}
