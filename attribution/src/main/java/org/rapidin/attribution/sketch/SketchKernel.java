package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;

/**
 * Adds whole chunks to the slots. Every kernel gives the same bits: a slot gets at most one number
 * of a chunk, chunks come in ascending order, and a number is multiplied, rounded, negated and
 * added, never fused, so nothing is left that the width of a vector could change.
 */
interface SketchKernel {

  /**
   * Adds chunks that follow one another.
   *
   * @param hash says where they go
   * @param piece float32 in native order
   * @param fromBytes where in the piece the first chunk begins
   * @param firstChunk its index in R^P
   * @param chunks how many
   * @param scale what the numbers are multiplied with
   * @param slots length K + CHUNK − 1, added to
   */
  void add(
      ChunkHash hash,
      MemorySegment piece,
      long fromBytes,
      long firstChunk,
      int chunks,
      float scale,
      float[] slots);

  /** The fastest kernel of this JVM. */
  static SketchKernel best() {
    return hasVectors() ? new VectorSketchKernel() : new ScalarSketchKernel();
  }

  /** Whether vectors are on and at least 128 bits wide. */
  static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        && VectorSketchKernel.isFast();
  }
}
