package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Asks every node for the vectors of its started primary shards. Shows the names of indices and
 * numbers of documents, no more than {@code _cat/indices} does, and needs no permission for the
 * indices.
 */
public final class NodesVectorsAction extends ActionType<NodeAnswers<IndexVectors>> {
  /** The permission's name. */
  public static final String NAME = "cluster:monitor/rapidin/vectors";

  /** The only instance. */
  public static final NodesVectorsAction INSTANCE = new NodesVectorsAction();

  private static final int VERSION = 1;

  private NodesVectorsAction() {
    super(NAME, in -> new NodeAnswers<>(in, IndexVectors::read));
  }

  /** Asks all nodes; has no other fields. */
  public static final class Request extends BaseNodesRequest<Request> {
    /** Asks all nodes. */
    public Request() {
      super(new String[0]);
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      VersionedBody.read(in, (version, body) -> version);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> {});
    }
  }
}
