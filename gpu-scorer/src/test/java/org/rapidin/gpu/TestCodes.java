package org.rapidin.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/** Random codes of a segment that exists in memory only. */
final class TestCodes implements SegmentCodes {
  private final CodeMatrix matrix;
  private final float[] centre;
  private final TestRows.Key key = new TestRows.Key();

  TestCodes(int rows, int dimension, int bits, Random random) {
    this(factors(rows, random), TestRows.vector(dimension, random), bits, random);
  }

  /** As many rows as factors. */
  TestCodes(float[] factors, float[] centre, int bits, Random random) {
    this.centre = centre;
    int rows = factors.length;
    Arena arena = Arena.ofAuto();
    byte[] codes = new byte[rows * (bits / 8)];
    random.nextBytes(codes);
    MemorySegment ownFactors = arena.allocate(4L * rows, 4);
    MemorySegment.copy(factors, 0, ownFactors, ValueLayout.JAVA_FLOAT, 0, rows);
    MemorySegment copy = arena.allocate(codes.length, 8).copyFrom(MemorySegment.ofArray(codes));
    matrix = CodeMatrix.of(copy, bits / 8, ownFactors, rows, bits);
  }

  /** A few that are equal, and some zeros. */
  private static float[] factors(int rows, Random random) {
    float[] factors = new float[rows];
    for (int row = 0; row < rows; row++) {
      factors[row] = row % 5 == 0 ? 0 : (float) Math.exp(random.nextInt(4));
    }
    return factors;
  }

  /** The definition, bit by bit. */
  float estimate(int row, SignQuery query) {
    int sum = 0;
    MemorySegment codes = matrix.pieces().getFirst();
    for (int i = 0; i < bits(); i++) {
      byte own = codes.get(ValueLayout.JAVA_BYTE, row * matrix.stride() + i / 8);
      sum += (own >> i % 8 & 1) * query.digits()[i];
    }
    float factor = matrix.factors().getAtIndex(ValueLayout.JAVA_FLOAT, row);
    double offset = query.offset(centre);
    return (float) (factor * (query.step() * (2 * sum - query.digitSum())) + offset);
  }

  TestRows.Key segment() {
    return key;
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int bits() {
    return matrix.bits();
  }

  @Override
  public float[] centre() {
    return centre;
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return Optional.of(matrix);
  }

  @Override
  public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors) {
    matrix.read(first, count, bits, stride, factors);
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.of(key);
  }
}
