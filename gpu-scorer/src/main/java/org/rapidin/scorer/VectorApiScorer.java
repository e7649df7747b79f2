package org.rapidin.scorer;

import java.util.List;

/**
 * Computes inner products with the Vector API: see {@link TiledQueries}.
 *
 * <p>Loading this class fails with a {@link LinkageError} if the incubator module is absent: see
 * {@link InnerProductScorers}.
 */
public final class VectorApiScorer implements InnerProductScorer {

  /** Returns whether the Vector API is faster than plain Java on this CPU. */
  static boolean isFast() {
    // Below 256 bits x86 has no fused multiply-add and the API emulates it; NEON has it at 128.
    return Vectors.LANES >= 8 || System.getProperty("os.arch").equals("aarch64");
  }

  /** Bits of the widest vectors of this CPU. */
  static int registerBits() {
    return Vectors.LANES * Float.SIZE;
  }

  @Override
  public PreparedQueries prepare(ElementType type, List<float[]> queries) {
    return new TiledQueries(type, queries);
  }
}
