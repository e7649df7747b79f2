package org.rapidin.gpu;

import java.util.List;
import java.util.Map;

/**
 * What the devices of a node did so far.
 *
 * @param state whether they are used
 * @param reason why not, in words; empty if {@code state} is READY
 * @param driver the CUDA version of the driver, such as 12.4; empty if there is none
 * @param devices those in use
 * @param residentSegments segments whose rows or codes are on a device; twice if both are
 * @param residentRows their rows, counted likewise
 * @param scans scans that began on a device
 * @param passes passes over rows; scans of one segment may share them
 * @param rowsScored rows times queries
 * @param fallbacks how often the CPU was used instead, by reason
 * @param evictions segments that made room for others
 * @param uploadedBytes bytes of rows and codes that were copied to a device
 */
public record GpuStats(
    State state,
    String reason,
    String driver,
    List<Device> devices,
    int residentSegments,
    long residentRows,
    long scans,
    long passes,
    long rowsScored,
    Map<String, Long> fallbacks,
    long evictions,
    long uploadedBytes) {
  /** Whether devices are used. */
  public enum State {
    /** Nothing was tried yet. */
    NOT_PROBED,
    /** At least one device is in use. */
    READY,
    /** No device is used until the process restarts. */
    DISABLED
  }

  /**
   * One device.
   *
   * @param name as the driver says
   * @param computeCapability such as 9.0
   * @param memoryUsedBytes bytes that this engine allocated
   * @param memoryLimitBytes bytes that it may allocate
   */
  public record Device(
      String name, String computeCapability, long memoryUsedBytes, long memoryLimitBytes) {}
}
