package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.model.torch.ComputeDevice;

/**
 * The device that a node computes gradients on.
 *
 * @param name {@code cpu}, or {@code cuda:} with a number
 * @param flavor of libtorch: {@code cpu}, or the CUDA version that it was built for
 * @param reason why it is this device
 * @param sketch where gradients are compressed, and why not on the device; empty if no model is
 *     loaded
 */
public record DeviceStats(String name, String flavor, String reason, String sketch)
    implements Writeable, ToXContentFragment {

  /** Describes a device. */
  static DeviceStats of(ComputeDevice device, String sketch) {
    return new DeviceStats(device.name(), device.flavor(), device.reason(), sketch);
  }

  /** Reads what {@link #writeTo} wrote. */
  static DeviceStats read(StreamInput in) throws IOException {
    return new DeviceStats(in.readString(), in.readString(), in.readString(), in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(name);
    out.writeString(flavor);
    out.writeString(reason);
    out.writeString(sketch);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject("device");
    builder.field("name", name).field("flavor", flavor).field("reason", reason);
    if (!sketch.isEmpty()) {
      builder.field("compression", sketch);
    }
    return builder.endObject();
  }
}
