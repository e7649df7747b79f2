package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/** A warm-up, or a node's part of it, which shows how far it is. Safe for many threads. */
public final class WarmupTask extends CancellableTask {
  private volatile Progress progress;

  WarmupTask(
      long id,
      String type,
      String action,
      String description,
      TaskId parent,
      Map<String, String> headers) {
    super(id, type, action, description, parent, headers);
  }

  @Override
  public boolean shouldCancelChildrenOnCancellation() {
    return true;
  }

  /** Null for the whole request: its children have the status. */
  @Override
  public Status getStatus() {
    return progress;
  }

  /**
   * Returns if the warm-up may go on.
   *
   * @throws TaskCancelledException if it was cancelled
   */
  void check() {
    if (isCancelled()) {
      throw new TaskCancelledException("the warm-up was cancelled: " + getReasonCancelled());
    }
  }

  void progress(Progress reached) {
    progress = reached;
  }

  /**
   * How far a node is.
   *
   * @param shardsDone shards that are finished
   * @param shards those of the indices that the node has
   * @param deviceRows rows that are on a device
   * @param cpuRows rows that stay on the CPU
   */
  public record Progress(int shardsDone, int shards, long deviceRows, long cpuRows)
      implements Task.Status {
    /** Name on the wire. */
    public static final String NAME = "rapidin_warmup";

    private static final int VERSION = 1;

    /** Reads what {@link #writeTo} wrote. */
    public static Progress read(StreamInput in) throws IOException {
      return VersionedBody.read(
          in,
          (version, body) ->
              new Progress(body.readVInt(), body.readVInt(), body.readVLong(), body.readVLong()));
    }

    @Override
    public String getWriteableName() {
      return NAME;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeVInt(shardsDone);
            body.writeVInt(shards);
            body.writeVLong(deviceRows);
            body.writeVLong(cpuRows);
          });
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject();
      builder.field("shards_done", shardsDone);
      builder.field("shards", shards);
      builder.field("rows_on_device", deviceRows);
      builder.field("rows_on_cpu", cpuRows);
      return builder.endObject();
    }
  }
}
