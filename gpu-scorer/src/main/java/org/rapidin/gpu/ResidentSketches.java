package org.rapidin.gpu;

import java.util.ArrayDeque;
import java.util.Deque;
import jcuda.driver.CUstream;

/**
 * Sketches of gradients of one model that another library computes on a device, in the primary
 * context of which both work. Memory of ended batches serves later ones. Safe for many threads.
 *
 * <p>All work is given to the legacy default stream, where libtorch's work is too by default. So a
 * kernel of ours begins after the work that wrote a gradient, and work of libtorch that uses the
 * gradient's memory again begins after our kernel, without a wait on the host.
 */
public final class ResidentSketches implements AutoCloseable {
  /** The most documents of a pass; a larger batch has its own memory. */
  private static final int GRADIENTS = 32;

  private final GpuScanEngine engine;
  private final GpuDevice device;
  private final CUstream stream = new CUstream(); // null: the legacy default stream
  private final GpuSketch.Hash hash;
  private final int dimension;
  private final SketchPlans plans;
  private final Deque<ResidentSketch> idle = new ArrayDeque<>();
  private boolean closed;

  /**
   * Opens a device, and looks for devices first if that was not done.
   *
   * @param index the driver's number of the device, which is libtorch's too
   * @param dimension K, a power of two from 256 to 2^20
   * @throws GpuException if the device cannot be used; says why
   */
  public ResidentSketches(GpuScanEngine engine, int index, GpuSketch.Hash hash, int dimension) {
    this.engine = engine;
    this.device = engine.device(index);
    this.hash = hash;
    this.dimension = dimension;
    this.plans = new SketchPlans(device, stream, hash, dimension);
    device.retain();
  }

  /** Returns the device's name. */
  public String deviceName() {
    return device.name();
  }

  /**
   * Begins a batch; the caller closes it.
   *
   * @param gradients of the batch
   * @throws GpuException if the device is not used any more, or lacks the memory
   */
  public ResidentSketch open(int gradients) {
    try {
      engine.device(device.index());
      device.makeCurrent();
      ResidentSketch batch = gradients <= GRADIENTS ? take() : null;
      if (batch == null) {
        batch = new ResidentSketch(this, device, stream, Math.max(gradients, GRADIENTS));
      }
      batch.clear();
      return batch;
    } catch (GpuException e) {
      engine.failed(e);
      throw e;
    }
  }

  private synchronized ResidentSketch take() {
    return idle.pollFirst();
  }

  void done(ResidentSketch sketch) {
    synchronized (this) {
      if (!closed && !sketch.failed() && sketch.gradients() == GRADIENTS) {
        idle.addFirst(sketch);
        return;
      }
    }
    sketch.free();
  }

  GpuSketch.Hash hash() {
    return hash;
  }

  int dimension() {
    return dimension;
  }

  SketchPlans plans() {
    return plans;
  }

  void failed(GpuException e) {
    engine.failed(e);
  }

  /** Frees what ended batches have left; no batch may be open. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    idle.forEach(ResidentSketch::free);
    device.makeCurrentIfPossible();
    plans.free();
    device.release();
  }
}
