package org.rapidin.plugin.gpu;

import java.time.Duration;
import java.util.List;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.rapidin.gpu.GpuSettings;

/**
 * How a node uses its GPUs.
 *
 * <p>The memory limit is not one of OpenSearch's circuit breakers: those are added up and compared
 * with the heap, which the memory of a device is not part of, and a plugin can have only one. What
 * does not fit is not refused but scanned on the CPU, and the statistics count it.
 */
public final class NodeGpuSettings {
  /** {@code plugins.rapidin.gpu.enabled}: false leaves all devices alone. */
  public static final Setting<Boolean> ENABLED =
      Setting.boolSetting("plugins.rapidin.gpu.enabled", true, Property.NodeScope);

  /**
   * {@code plugins.rapidin.gpu.memory_limit}: bytes of each device, or a percentage of what is free
   * when the node first uses it.
   */
  public static final Setting<String> MEMORY_LIMIT =
      Setting.simpleString(
          "plugins.rapidin.gpu.memory_limit",
          "90%",
          NodeGpuSettings::checkMemoryLimit,
          Property.NodeScope);

  /** {@code plugins.rapidin.gpu.lanes}: passes at once on each device. */
  public static final Setting<Integer> LANES =
      Setting.intSetting("plugins.rapidin.gpu.lanes", 2, 1, 16, Property.NodeScope);

  /**
   * {@code plugins.rapidin.gpu.min_segment_docs}: smaller segments are scanned on the CPU, which
   * needs 7 to 14 ms for 1,024 rows of 65,536 numbers. They are merged away soon, so that their
   * copy to a device would rarely be used twice.
   */
  public static final Setting<Integer> MIN_SEGMENT_DOCS =
      Setting.intSetting("plugins.rapidin.gpu.min_segment_docs", 1024, 0, Property.NodeScope);

  // A search must notice within this time that it was cancelled. A pass over 8 GB takes 2 ms.
  private static final Duration MAX_WAIT = Duration.ofMillis(100);

  private NodeGpuSettings() {}

  /** All settings of this class. */
  public static List<Setting<?>> settings() {
    return List.of(ENABLED, MEMORY_LIMIT, LANES, MIN_SEGMENT_DOCS);
  }

  /** What the settings say. */
  public static GpuSettings of(Settings settings) {
    String limit = MEMORY_LIMIT.get(settings);
    return new GpuSettings(
        ENABLED.get(settings),
        isShare(limit) ? 0 : bytes(limit),
        isShare(limit) ? share(limit) : 1,
        LANES.get(settings),
        MIN_SEGMENT_DOCS.get(settings),
        MAX_WAIT,
        GpuSettings.DEFAULT.keep());
  }

  private static void checkMemoryLimit(String value) {
    if (isShare(value) ? !(share(value) > 0 && share(value) <= 1) : bytes(value) <= 0) {
      throw refused(value);
    }
  }

  private static boolean isShare(String value) {
    return value.endsWith("%");
  }

  private static double share(String value) {
    try {
      return Double.parseDouble(value.substring(0, value.length() - 1)) / 100;
    } catch (NumberFormatException e) {
      throw refused(value);
    }
  }

  private static long bytes(String value) {
    return ByteSizeValue.parseBytesSizeValue(value, MEMORY_LIMIT.getKey()).getBytes();
  }

  private static IllegalArgumentException refused(String value) {
    return new IllegalArgumentException(
        "[plugins.rapidin.gpu.memory_limit] must be a size such as [20gb], or a percentage above 0 and up to 100 of a device's free memory, got [%s]"
            .formatted(value));
  }
}
