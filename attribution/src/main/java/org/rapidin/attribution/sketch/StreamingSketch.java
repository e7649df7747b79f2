package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * RapidGrad in one pass at memory speed: a count-sketch whose bucket and sign of a position are
 * hashed from the seed and the position alone ({@link ChunkHash}), so nothing is stored per
 * position and P need not be known.
 *
 * <p>With signs that are independent and buckets that two positions p ≠ q share with probability
 * c(p, q), the estimate ⟨Su, Sv⟩ has mean ⟨u, v⟩ and variance Σ c(p, q)·(u_p²v_q² + u_p v_p u_q
 * v_q) over p ≠ q. Here c is 1/K for positions of different chunks and 0 within one, which gives at
 * most (‖u‖²‖v‖² + ⟨u,v⟩² − 2Σu_p²v_p²)/K.
 *
 * <p>The result is defined to the bit: slots s_0 … s_{K+62} start at +0; pieces in the order in
 * which they are added, and positions ascending within a piece, add ±(x·scale) to the slot of their
 * chunk plus their place in it, each product and each sum rounded to float32; at last slot K + i is
 * added to slot i. So the same pieces give the same bits with any kernel and on any machine, and a
 * piece may be cut anywhere into pieces that follow each other.
 */
public final class StreamingSketch implements GradientSketch {

  private static final int CHUNK_BYTES = ChunkHash.CHUNK * Float.BYTES;

  private final int dimension;
  private final ChunkHash hash;
  private final SketchKernel kernel;

  /**
   * A sketch with the fastest kernel of this JVM.
   *
   * @param dimension K, a power of two from 256 to 2^20
   * @param seed decides every bucket and sign
   * @throws IllegalArgumentException if the dimension is none of those
   */
  public StreamingSketch(int dimension, long seed) {
    this(dimension, seed, SketchKernel.best());
  }

  StreamingSketch(int dimension, long seed, SketchKernel kernel) {
    this.dimension = SketchInput.requireDimension(dimension);
    this.hash = ChunkHash.of(seed, dimension);
    this.kernel = kernel;
  }

  /** Returns K. */
  public int dimension() {
    return dimension;
  }

  /** Returns where positions go and which sign they get. */
  public ChunkHash hash() {
    return hash;
  }

  @Override
  public Accumulator accumulator() {
    return new Slots();
  }

  private final class Slots implements Accumulator {
    /** One more than the last slot a chunk reaches, so that no chunk is cut at K. */
    private final float[] slots = new float[dimension + ChunkHash.CHUNK - 1];

    @Override
    public void add(MemorySegment piece, long position, float scale) {
      long end = Math.addExact(position, SketchInput.requireLength(piece, position));
      long at = position;
      if (at % ChunkHash.CHUNK != 0) {
        at = addPart(piece, position, at, end, scale);
      }
      while (end - at >= ChunkHash.CHUNK) {
        int chunks = (int) Math.min((end - at) / ChunkHash.CHUNK, Integer.MAX_VALUE / CHUNK_BYTES);
        long fromBytes = (at - position) * Float.BYTES;
        kernel.add(hash, piece, fromBytes, at / ChunkHash.CHUNK, chunks, scale, slots);
        at += (long) chunks * ChunkHash.CHUNK;
      }
      if (at < end) {
        addPart(piece, position, at, end, scale);
      }
    }

    /** Adds what the piece has of the chunk at {@code at}; returns where the next one begins. */
    private long addPart(MemorySegment piece, long position, long at, long end, float scale) {
      long chunk = at / ChunkHash.CHUNK;
      long chunkStart = chunk * ChunkHash.CHUNK;
      int to = (int) Math.min(end - chunkStart, ChunkHash.CHUNK);
      int from = (int) (at - chunkStart);
      long fromBytes = (at - position) * Float.BYTES;
      ScalarSketchKernel.addPart(hash, piece, fromBytes, chunk, from, to, scale, slots);
      return chunkStart + to;
    }

    @Override
    public float[] finish() {
      float[] sum = Arrays.copyOf(slots, dimension);
      for (int i = dimension; i < slots.length; i++) {
        sum[i - dimension] += slots[i];
      }
      Arrays.fill(slots, 0);
      return sum;
    }
  }
}
