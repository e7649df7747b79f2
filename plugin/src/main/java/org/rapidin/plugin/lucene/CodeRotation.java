package org.rapidin.plugin.lucene;

import org.rapidin.scorer.bits.HadamardRotation;

/** The rotation of every code of {@link GradientVectorsFormat}: all segments share a query's. */
final class CodeRotation {
  /** Part of the format: must not change. */
  static final long SEED = 1;

  private static volatile HadamardRotation last;

  private CodeRotation() {}

  /**
   * Returns the rotation of a dimension. The last one is kept, because indices of one node have few
   * dimensions and its signs are hashed again otherwise.
   *
   * @param dimension K
   */
  static HadamardRotation of(int dimension) {
    HadamardRotation kept = last;
    if (kept == null || kept.dimension() != dimension) {
      kept = new HadamardRotation(dimension, SEED);
      last = kept;
    }
    return kept;
  }
}
