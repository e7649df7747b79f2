package org.rapidin.plugin.gpu;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * What one node's GPUs did, on the wire and in the statistics.
 *
 * @param stats the counters
 */
public record NodeGpuStats(GpuStats stats) implements Writeable, ToXContentFragment {
  /** Of a node whose version of the plugin does not use GPUs. */
  public static final NodeGpuStats OLD_VERSION =
      new NodeGpuStats(disabled("the plugin's version on this node does not use GPUs"));

  private static final int VERSION = 1;

  /**
   * Of a node that never looked for devices.
   *
   * @param reason why, in words
   */
  static GpuStats disabled(String reason) {
    return new GpuStats(
        GpuStats.State.DISABLED, reason, "", List.of(), 0, 0, 0, 0, 0, Map.of(), 0, 0);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static NodeGpuStats read(StreamInput in) throws IOException {
    return new NodeGpuStats(VersionedBody.read(in, (version, body) -> readBody(body)));
  }

  private static GpuStats readBody(StreamInput in) throws IOException {
    return new GpuStats(
        in.readEnum(GpuStats.State.class),
        in.readString(),
        in.readString(),
        in.readList(
            i -> new GpuStats.Device(i.readString(), i.readString(), i.readVLong(), i.readVLong())),
        in.readVInt(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readMap(StreamInput::readString, StreamInput::readVLong),
        in.readVLong(),
        in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, this::writeBody);
  }

  private void writeBody(StreamOutput out) throws IOException {
    out.writeEnum(stats.state());
    out.writeString(stats.reason());
    out.writeString(stats.driver());
    out.writeCollection(
        stats.devices(),
        (o, device) -> {
          o.writeString(device.name());
          o.writeString(device.computeCapability());
          o.writeVLong(device.memoryUsedBytes());
          o.writeVLong(device.memoryLimitBytes());
        });
    out.writeVInt(stats.residentSegments());
    out.writeVLong(stats.residentRows());
    out.writeVLong(stats.scans());
    out.writeVLong(stats.passes());
    out.writeVLong(stats.rowsScored());
    out.writeMap(stats.fallbacks(), StreamOutput::writeString, StreamOutput::writeVLong);
    out.writeVLong(stats.evictions());
    out.writeVLong(stats.uploadedBytes());
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject("gpu");
    builder.field("state", stats.state().name().toLowerCase(Locale.ROOT));
    builder.field("reason", stats.reason());
    builder.field("driver", stats.driver());
    builder.startArray("devices");
    for (GpuStats.Device device : stats.devices()) {
      builder.startObject().field("name", device.name());
      builder.field("compute_capability", device.computeCapability());
      builder.field("memory_used_in_bytes", device.memoryUsedBytes());
      builder.field("memory_limit_in_bytes", device.memoryLimitBytes()).endObject();
    }
    builder.endArray();
    builder.field("resident_segments", stats.residentSegments());
    builder.field("resident_rows", stats.residentRows());
    builder.field("scans", stats.scans());
    builder.field("passes", stats.passes());
    builder.field("rows_scored", stats.rowsScored());
    builder.field("scans_on_cpu", new TreeMap<>(stats.fallbacks()));
    builder.field("evictions", stats.evictions());
    builder.field("uploaded_in_bytes", stats.uploadedBytes());
    return builder.endObject();
  }
}
