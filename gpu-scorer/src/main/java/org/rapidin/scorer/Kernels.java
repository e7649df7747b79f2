package org.rapidin.scorer;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Code shared by the kernels of all element types. */
final class Kernels {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LANES = FLOATS.length();
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private Kernels() {}

  /**
   * Sums the lanes from first to last. {@code reduceLanes} does not define the order, so that its
   * result could change when the JIT compiles it.
   *
   * @param scratch LANES numbers, overwritten
   */
  static double sumLanes(FloatVector vector, float[] scratch) {
    vector.intoArray(scratch, 0);
    double sum = 0;
    for (float lane : scratch) {
      sum += lane;
    }
    return sum;
  }
}
