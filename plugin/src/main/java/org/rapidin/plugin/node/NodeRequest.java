package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportRequest;

/**
 * A nodes request on its way to one node.
 *
 * @param <Q> the nodes request
 */
public final class NodeRequest<Q extends BaseNodesRequest<Q>> extends TransportRequest {
  private final Q request;

  NodeRequest(Q request) {
    this.request = request;
  }

  NodeRequest(StreamInput in, Writeable.Reader<Q> reader) throws IOException {
    super(in);
    request = reader.read(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    request.writeTo(out);
  }

  /** The same kind of task as that of the whole request. */
  @Override
  public Task createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return request.createTask(id, type, action, parent, headers);
  }

  Q request() {
    return request;
  }
}
