package org.rapidin.gpu;

import java.util.Locale;

/** Why a scan runs on the CPU; the names are the keys of {@link GpuStats#fallbacks}. */
enum Fallback {
  /** No device is used: see {@link GpuStats#reason}. */
  DISABLED,
  /** The devices were not looked for yet. */
  NOT_PROBED,
  /** The segment has fewer rows than {@link GpuSettings#minRows}. */
  FEW_ROWS,
  /** The segment cannot be recognized later, so its rows are not kept. */
  SEGMENT_WITHOUT_KEY,
  /** The segment was closed while its rows were copied. */
  SEGMENT_CLOSED,
  /** The rows do not fit into the memory limit of any device. */
  LARGER_THAN_MEMORY_LIMIT,
  /** Running scans hold the memory that would be needed. */
  MEMORY_IN_USE,
  /** The driver has less memory than the limit says. */
  OUT_OF_MEMORY,
  /** Another thread copies the rows, and takes longer than a scan waits. */
  UPLOADING,
  /** All lanes are busy for longer than a scan waits. */
  LANES_BUSY,
  /** A call of the driver failed. */
  DEVICE_ERROR;

  /** Returns the name that statistics use. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
