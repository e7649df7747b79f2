package org.rapidin.attribution.sketch;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The kernel on vectors of rows, of 128 to 512 bits; see {@link VectorSketchKernel}. */
final class VectorSignKernel implements SignKernel {
  private static final VectorSpecies<Float> FLOATS = VectorSketchKernel.FLOATS;
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final int LANES = FLOATS.length();

  @Override
  public void multiply(long[] words, float[] numbers, int count, float[] sums) {
    for (int row = 0; row < SignMatrix.ROWS; row += 4 * LANES) {
      multiply(words, numbers, count, row, sums);
    }
  }

  /** Four vectors of sums, so that additions need not wait for each other. */
  private static void multiply(long[] words, float[] numbers, int count, int row, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOATS);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int j = 0; j < count; j++) {
      IntVector number = FloatVector.broadcast(FLOATS, numbers[j]).reinterpretAsInts();
      long signs = words[j] >>> row;
      sum0 = sum0.add(signed(number, (int) signs));
      sum1 = sum1.add(signed(number, (int) (signs >>> LANES)));
      sum2 = sum2.add(signed(number, (int) (signs >>> 2 * LANES)));
      sum3 = sum3.add(signed(number, (int) (signs >>> 3 * LANES)));
    }
    sum0.intoArray(sums, row);
    sum1.intoArray(sums, row + LANES);
    sum2.intoArray(sums, row + 2 * LANES);
    sum3.intoArray(sums, row + 3 * LANES);
  }

  /** The number in every lane, negated in lane i where bit i of signs is set. */
  private static FloatVector signed(IntVector number, int signs) {
    return IntVector.broadcast(INTS, signs)
        .lanewise(VectorOperators.LSHL, VectorSketchKernel.TO_SIGN)
        .and(1 << 31)
        .lanewise(VectorOperators.XOR, number)
        .reinterpretAsFloats();
  }
}
