package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The kernel in plain Java; it also adds the parts of chunks at a piece's ends. */
final class ScalarSketchKernel implements SketchKernel {

  @Override
  public void add(
      ChunkHash hash,
      MemorySegment piece,
      long fromBytes,
      long firstChunk,
      int chunks,
      float scale,
      float[] slots) {
    for (int i = 0; i < chunks; i++) {
      long at = fromBytes + (long) i * ChunkHash.CHUNK * Float.BYTES;
      addPart(hash, piece, at, firstChunk + i, 0, ChunkHash.CHUNK, scale, slots);
    }
  }

  /**
   * Adds positions {@code from} (inclusive) to {@code to} (exclusive) of one chunk.
   *
   * @param fromBytes offset of position {@code from} in the piece
   */
  static void addPart(
      ChunkHash hash,
      MemorySegment piece,
      long fromBytes,
      long chunk,
      int from,
      int to,
      float scale,
      float[] slots) {
    int slot = hash.slot(chunk);
    long signs = hash.signs(chunk);
    for (int i = from; i < to; i++) {
      float value =
          piece.get(ValueLayout.JAVA_FLOAT_UNALIGNED, fromBytes + (i - from) * (long) Float.BYTES);
      int sign = (int) (signs >>> i) << 31;
      slots[slot + i] += Float.intBitsToFloat(Float.floatToRawIntBits(value * scale) ^ sign);
    }
  }
}
