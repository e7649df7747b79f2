package org.rapidin.gpu;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.rapidin.scorer.SegmentKey;

/**
 * The segments whose rows are on devices. Each is copied by one thread, once; the one that was used
 * longest ago, and not for a while, makes room for others; and it is freed when its segment is
 * closed and the last scan of it has ended. Safe for many threads.
 */
final class SegmentCache {
  private final Counters counters;
  // In the order of the last use. A slot stays after its rows were evicted, so that the segment is
  // asked for its end only once.
  private final Map<SegmentKey, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);

  /** What is known of one segment; guarded by the cache. */
  private static final class Slot {
    DeviceSegment resident;
    CompletableFuture<Void> loading;
    boolean closed;
    long lastUseNanos;
  }

  SegmentCache(Counters counters) {
    this.counters = counters;
  }

  /**
   * Returns a segment's rows on one of the devices, and copies them first if needed. The caller
   * releases them.
   *
   * @param rows of an open segment
   * @throws GpuException if they are not on a device and cannot get there now
   * @throws IOException if they cannot be read
   */
  DeviceSegment acquire(RowSource rows, List<GpuDevice> devices, GpuSettings settings)
      throws IOException {
    SegmentKey key =
        rows.key()
            .orElseThrow(
                () ->
                    new GpuException(
                        Fallback.SEGMENT_WITHOUT_KEY, "the segment cannot be recognized later"));
    Slot slot = slot(key);
    CompletableFuture<Void> other;
    synchronized (this) {
      if (slot.resident != null) {
        return use(slot);
      }
      other = slot.loading;
      if (other == null) {
        slot.loading = new CompletableFuture<>();
      }
    }
    return other == null ? load(slot, rows, devices, settings) : await(other, slot, settings);
  }

  private Slot slot(SegmentKey key) {
    Slot created;
    synchronized (this) {
      Slot slot = slots.get(key);
      if (slot != null) {
        return slot;
      }
      created = new Slot();
      slots.put(key, created);
    }
    key.onClose(() -> close(key, created));
    return created;
  }

  private static DeviceSegment use(Slot slot) {
    slot.lastUseNanos = System.nanoTime();
    slot.resident.references++;
    return slot.resident;
  }

  private DeviceSegment load(
      Slot slot, RowSource rows, List<GpuDevice> devices, GpuSettings settings) throws IOException {
    DeviceSegment loaded = null;
    try {
      GpuDevice device = choose(devices, rows.layout().bytes());
      loaded =
          device
              .uploader()
              .upload(rows, settings.maxWait(), () -> evictOne(device, settings.keep()));
      counters.uploadedBytes.add(loaded.layout().bytes());
      return loaded;
    } finally {
      finish(slot, loaded);
    }
  }

  private void finish(Slot slot, DeviceSegment loaded) {
    CompletableFuture<Void> loading;
    synchronized (this) {
      loading = slot.loading;
      slot.loading = null;
      if (loaded != null) {
        loaded.references = 1;
        if (!slot.closed) {
          slot.resident = loaded;
          use(slot);
        }
      }
    }
    loading.complete(null);
  }

  /** Returns the device with the most free bytes; if none has enough, one that can evict some. */
  private static GpuDevice choose(List<GpuDevice> devices, long bytes) {
    return devices.stream()
        .filter(device -> device.memory().limitBytes() >= bytes)
        .max(Comparator.comparingLong((GpuDevice device) -> device.memory().availableBytes()))
        .orElseThrow(
            () ->
                new GpuException(
                    Fallback.LARGER_THAN_MEMORY_LIMIT,
                    "no device may have %s bytes at once".formatted(bytes)));
  }

  private DeviceSegment await(CompletableFuture<Void> loading, Slot slot, GpuSettings settings) {
    try {
      loading.get(settings.maxWait().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      // Counted below: the rows are not there.
    }
    synchronized (this) {
      if (slot.resident == null) {
        throw new GpuException(Fallback.UPLOADING, "another scan copies the segment");
      }
      return use(slot);
    }
  }

  /** Ends the use of a segment by one scan. */
  void release(DeviceSegment segment) {
    boolean last;
    synchronized (this) {
      last = --segment.references == 0;
    }
    if (last) {
      segment.free();
    }
  }

  private void close(SegmentKey key, Slot slot) {
    DeviceSegment resident;
    synchronized (this) {
      slots.remove(key);
      slot.closed = true;
      resident = slot.resident;
      slot.resident = null;
    }
    if (resident != null) {
      release(resident);
    }
  }

  /**
   * Frees the segment of a device that was used longest ago and that no scan uses.
   *
   * @return whether there was one
   */
  boolean evictOne(GpuDevice device) {
    return evictOne(device, Duration.ZERO);
  }

  /**
   * As {@link #evictOne(GpuDevice)}, if the segment was not used for a time. Otherwise searches of
   * more segments than fit would copy all of them again each time.
   */
  private boolean evictOne(GpuDevice device, Duration unused) {
    DeviceSegment idle = null;
    synchronized (this) {
      long now = System.nanoTime();
      for (Slot slot : slots.values()) {
        DeviceSegment resident = slot.resident;
        if (resident != null
            && resident.device() == device
            && resident.references == 1
            && now - slot.lastUseNanos >= unused.toNanos()) {
          slot.resident = null;
          idle = resident;
          break;
        }
      }
    }
    if (idle != null) {
      counters.evictions.increment();
      release(idle);
    }
    return idle != null;
  }

  /** Frees every segment, those in use when their scans end. */
  void clear() {
    List<DeviceSegment> all;
    synchronized (this) {
      all = resident();
      slots.values().forEach(slot -> slot.resident = null);
    }
    all.forEach(this::release);
  }

  /** Returns the segments that are on devices now; for statistics. */
  synchronized List<DeviceSegment> resident() {
    List<DeviceSegment> resident = new ArrayList<>();
    for (Slot slot : slots.values()) {
      if (slot.resident != null) {
        resident.add(slot.resident);
      }
    }
    return resident;
  }
}
