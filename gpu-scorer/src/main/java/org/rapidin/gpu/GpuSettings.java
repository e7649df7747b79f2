package org.rapidin.gpu;

import java.time.Duration;
import java.util.Objects;

/**
 * What an operator decides about the devices of a node.
 *
 * @param enabled whether devices are used at all
 * @param memoryLimitBytes the most bytes that are allocated on each device; 0: {@code memoryShare}
 * @param memoryShare the share of the memory that is free when the device is opened, above 0, at
 *     most 1; counts if {@code memoryLimitBytes} is 0
 * @param lanes how many passes run at once on a device, 1 to 16; fixed when the device is opened
 * @param minRows segments with fewer rows are scanned on the CPU
 * @param maxWait how long a scan waits for a lane or for another thread's upload of its segment
 *     before it goes to the CPU
 * @param keep a segment that was used within this time is not evicted for another one, which is
 *     then scanned on the CPU
 */
public record GpuSettings(
    boolean enabled,
    long memoryLimitBytes,
    double memoryShare,
    int lanes,
    int minRows,
    Duration maxWait,
    Duration keep) {
  /** A device is used, with four fifths of its free memory and three passes at once. */
  public static final GpuSettings DEFAULT =
      new GpuSettings(true, 0, 0.8, 3, 1000, Duration.ofSeconds(1), Duration.ofSeconds(30));

  /** No device is used. */
  public static final GpuSettings OFF =
      new GpuSettings(false, 0, 0.8, 1, 0, Duration.ZERO, Duration.ZERO);

  public GpuSettings {
    Objects.requireNonNull(maxWait, "maxWait");
    Objects.requireNonNull(keep, "keep");
    if (memoryLimitBytes < 0 || minRows < 0 || maxWait.isNegative()) {
      throw new IllegalArgumentException(
          "a GPU setting is negative: %s bytes, %s rows, %s"
              .formatted(memoryLimitBytes, minRows, maxWait));
    }
    if (!(memoryShare > 0 && memoryShare <= 1)) {
      throw new IllegalArgumentException(
          "the share of a GPU's memory is above 0 and at most 1, got %s".formatted(memoryShare));
    }
    if (lanes < 1 || lanes > 16) {
      throw new IllegalArgumentException("a GPU has 1 to 16 lanes, got %s".formatted(lanes));
    }
  }

  /** Returns the bytes that may be allocated on a device with so many free. */
  long limit(long freeBytes) {
    return memoryLimitBytes > 0
        ? Math.min(memoryLimitBytes, freeBytes)
        : (long) (memoryShare * freeBytes);
  }
}
