package org.rapidin.plugin.dispatch;

import java.time.Duration;
import java.util.List;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.monitor.jvm.JvmInfo;
import org.opensearch.monitor.os.OsProbe;
import org.rapidin.attribution.service.NativeLimits;

/**
 * How much memory outside of the heap models and gradients may take on a node.
 *
 * <p>It is not one of OpenSearch's circuit breakers, whose sum is compared with the heap, because
 * native memory is not part of the heap. A request that exceeds it also fails with 429.
 */
public final class NativeMemory {
  /** {@code plugins.rapidin.native.limit}: bytes of weights, adapters and passes together. */
  public static final Setting<ByteSizeValue> LIMIT = size("plugins.rapidin.native.limit", "50%");

  /** {@code plugins.rapidin.model.memory}: bytes of the weights that stay in memory. */
  public static final Setting<ByteSizeValue> WEIGHTS = size("plugins.rapidin.model.memory", "30%");

  /** {@code plugins.rapidin.model.idle_timeout}: unused models are closed; 0 keeps them. */
  public static final Setting<TimeValue> IDLE_TIMEOUT =
      Setting.timeSetting(
          "plugins.rapidin.model.idle_timeout",
          TimeValue.timeValueMinutes(30),
          TimeValue.ZERO,
          Property.NodeScope);

  private NativeMemory() {}

  /** All settings of this class. */
  public static List<Setting<?>> settings() {
    return List.of(LIMIT, WEIGHTS, IDLE_TIMEOUT);
  }

  /** What the settings say. */
  static NativeLimits limits(Settings settings) {
    return new NativeLimits(
        LIMIT.get(settings).getBytes(),
        WEIGHTS.get(settings).getBytes(),
        Duration.ofMillis(IDLE_TIMEOUT.get(settings).millis()));
  }

  private static Setting<ByteSizeValue> size(String key, String share) {
    return new Setting<>(key, share, value -> parse(value, key, notHeap()), Property.NodeScope);
  }

  /** Memory of the machine, or of the container, that the heap does not take. */
  private static long notHeap() {
    long all = OsProbe.getInstance().getTotalPhysicalMemorySize();
    return Math.max(0, all - JvmInfo.jvmInfo().getMem().getHeapMax().getBytes());
  }

  /**
   * Reads a size.
   *
   * @param value bytes with a unit, or a percentage of the memory that is not heap
   */
  static ByteSizeValue parse(String value, String key, long notHeapBytes) {
    if (value.endsWith("%")) {
      try {
        double percent = Double.parseDouble(value.substring(0, value.length() - 1));
        if (percent > 0 && percent <= 100) {
          return new ByteSizeValue(Math.max(1, (long) (percent / 100 * notHeapBytes)));
        }
      } catch (NumberFormatException e) {
        // the message below
      }
    } else {
      ByteSizeValue size = ByteSizeValue.parseBytesSizeValue(value, key);
      if (size.getBytes() > 0) {
        return size;
      }
    }
    throw new IllegalArgumentException(
        "[%s] must be a size above 0 such as [4gb], or a percentage above 0 and up to 100 of the memory that is not heap, got [%s]"
            .formatted(key, value));
  }
}
