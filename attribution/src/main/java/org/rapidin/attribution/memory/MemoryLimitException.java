package org.rapidin.attribution.memory;

/**
 * Native memory did not suffice in time; the same may succeed later unless it exceeds the limit.
 */
public final class MemoryLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long wantedBytes;
  private final long limitBytes;

  MemoryLimitException(String what, long wantedBytes, long reservedBytes, long limitBytes) {
    super(
        "%s needs %s bytes of native memory; %s of %s are reserved. %s"
            .formatted(
                what,
                wantedBytes,
                reservedBytes,
                limitBytes,
                wantedBytes > limitBytes
                    ? "Raise plugins.rapidin.native.limit or use smaller batches"
                    : "Try again later"));
    this.wantedBytes = wantedBytes;
    this.limitBytes = limitBytes;
  }

  /** Bytes that were asked for. */
  public long wantedBytes() {
    return wantedBytes;
  }

  /** Bytes that all owners may hold together. */
  public long limitBytes() {
    return limitBytes;
  }
}
