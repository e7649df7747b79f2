package org.rapidin.gpu;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lends the lanes of one device, and opens them when they are first needed. */
final class LanePool {
  private final GpuDevice device;
  private final Semaphore permits;
  private final ArrayDeque<Lane> idle = new ArrayDeque<>();
  private boolean closed;

  LanePool(GpuDevice device, int lanes) {
    this.device = device;
    this.permits = new Semaphore(lanes, true);
  }

  /**
   * Returns a lane whose context is current on this thread; the caller gives it back.
   *
   * @throws GpuException if all lanes stay busy for {@code maxWait}
   */
  Lane acquire(Duration maxWait) {
    await(maxWait);
    boolean lent = false;
    try {
      device.makeCurrent();
      Lane lane = takeIdle();
      if (lane == null) {
        lane = new Lane(device);
      }
      lent = true;
      return lane;
    } finally {
      if (!lent) {
        permits.release();
      }
    }
  }

  private void await(Duration maxWait) {
    boolean free = false;
    try {
      free = permits.tryAcquire(maxWait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!free) {
      throw new GpuException(Fallback.LANES_BUSY, "all lanes of the device are busy");
    }
  }

  private synchronized Lane takeIdle() {
    // The one that was used last: its memory has grown already.
    return idle.pollLast();
  }

  /** Takes a lane back. */
  void release(Lane lane) {
    if (!keep(lane)) {
      lane.close();
    }
    permits.release();
  }

  private synchronized boolean keep(Lane lane) {
    if (!closed) {
      idle.addLast(lane);
    }
    return !closed;
  }

  /** Closes idle lanes now and the others when they come back. */
  void close() {
    ArrayDeque<Lane> now;
    synchronized (this) {
      closed = true;
      now = idle.clone();
      idle.clear();
    }
    now.forEach(Lane::close);
  }
}
