package org.rapidin.benchmarks.gpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.rapidin.attribution.sketch.ChunkHash;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;
import org.rapidin.gpu.SketchPlan;

/** Sketches a batch of gradients that are on the device, piece by piece. */
final class SketchKernel implements AutoCloseable {
  static final int DIMENSION = 65_536;
  private static final int THREADS = 256;
  private static final int WARPS = 8;
  private static final int MAX_WINDOW = 1024;

  private final RawDevice device;
  private final Buffers buffers;
  private final ChunkHash hash;
  private final int gradients;
  private final int together;
  private final int windowSlots;
  private final Buffer scales;
  private final Buffer slots;
  private final Buffer sketches;

  /**
   * @param scales what each gradient is multiplied with
   */
  SketchKernel(RawDevice device, long seed, float[] scales) {
    this.device = device;
    this.buffers = new Buffers(device);
    this.hash = ChunkHash.of(seed, DIMENSION);
    this.gradients = scales.length;
    this.together = gradients == 1 ? 1 : 2;
    // Measured: wide windows read less twice, narrow ones give a small batch more warps.
    this.windowSlots = gradients <= 4 ? 64 : gradients <= 8 ? 128 : 256;
    this.scales = buffers.of(scales);
    this.slots = buffers.allocate((long) Float.BYTES * gradients * (DIMENSION + MAX_WINDOW));
    this.sketches = buffers.allocate((long) Float.BYTES * gradients * DIMENSION);
  }

  /** Forgets what was added. */
  void clear() {
    device.clear(slots);
  }

  /**
   * Numbers of all gradients that are added by one launch.
   *
   * @param x [gradients][length]
   * @param position of the first number in the gradient
   */
  record Piece(Buffer x, long position, int length, int windows, Buffer[] tables) {}

  /** Prepares a launch; the tables are freed with this object. */
  Piece piece(Buffer x, long position, int length) {
    SketchPlan plan = SketchPlan.of(hash::slot, DIMENSION, position, length, windowSlots);
    Buffer[] tables = {buffers.of(plan.entries()), buffers.of(plan.starts())};
    return new Piece(x, position, length, plan.windows(), tables);
  }

  /** Starts to add a piece. */
  void add(Piece piece) {
    device.launch(
        "sketch_" + together,
        Math.ceilDiv(piece.windows, WARPS),
        Math.ceilDiv(gradients, together),
        THREADS,
        WARPS * together * windowSlots * Float.BYTES,
        piece.x,
        (long) piece.length,
        gradients,
        piece.position,
        piece.length,
        piece.tables[0],
        piece.tables[1],
        piece.windows,
        windowSlots,
        hash.slotKey(),
        hash.signKey(),
        hash.slotShift(),
        scales,
        slots,
        (long) DIMENSION + MAX_WINDOW);
  }

  /** Starts to fold the slots into sketches. */
  void fold() {
    device.launch(
        "fold_sketch",
        Math.ceilDiv(DIMENSION, THREADS),
        gradients,
        THREADS,
        0,
        slots,
        (long) DIMENSION + MAX_WINDOW,
        DIMENSION,
        sketches);
  }

  /** Waits and returns the sketches. */
  float[][] sketches() {
    float[] all = new float[gradients * DIMENSION];
    device.read(sketches, MemorySegment.ofArray(all));
    float[][] rows = new float[gradients][];
    Arrays.setAll(rows, r -> Arrays.copyOfRange(all, r * DIMENSION, (r + 1) * DIMENSION));
    return rows;
  }

  @Override
  public void close() {
    buffers.close();
  }
}
