package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * RapidGrad as in the paper, step by step: λ shuffles, Rademacher signs, sums of consecutive groups
 * of P/K. Slow and plain; the oracle of {@link StreamingSketch}.
 *
 * <p>One shuffle reshapes the vector by a random divisor of its length and permutes the rows, then
 * reshapes it by another one and permutes the columns. Divisors are drawn again for every shuffle,
 * because shuffles of one fixed shape do not mix.
 *
 * <p>P is padded with zeros to K·m, m the next number without prime factors above 5, so that there
 * are many divisors to draw.
 */
public final class ShuffleSketch implements GradientSketch {

  /** λ of the paper. */
  public static final int SHUFFLES = 20;

  private final int dimension;
  private final int length;
  private final int padded;
  private final List<Shuffle> shuffles = new ArrayList<>();
  private final boolean[] negated;

  /**
   * Draws the shuffles and the signs.
   *
   * @param length P
   * @param dimension K, a power of two from 256 to 2^20
   * @param seed determines all shuffles and signs
   * @throws IllegalArgumentException if the length is below 1 or the dimension is not allowed
   * @throws ArithmeticException if the padded length is 2^31 or more
   */
  public ShuffleSketch(int length, int dimension, long seed) {
    if (length < 1) {
      throw new IllegalArgumentException(
          "a gradient must have at least one number, got length %d".formatted(length));
    }
    this.dimension = SketchInput.requireDimension(dimension);
    this.length = length;
    this.padded = Math.multiplyExact(dimension, smooth(Math.ceilDiv(length, dimension)));
    SplittableRandom random = new SplittableRandom(seed);
    int[] divisors =
        IntStream.rangeClosed(2, padded / 2).filter(divisor -> padded % divisor == 0).toArray();
    for (int i = 0; i < SHUFFLES; i++) {
      int rows = divisors[random.nextInt(divisors.length)];
      int columns = divisors[random.nextInt(divisors.length)];
      shuffles.add(new Shuffle(permutation(rows, random), permutation(columns, random)));
    }
    negated = new boolean[padded];
    for (int i = 0; i < padded; i++) {
      negated[i] = random.nextBoolean();
    }
  }

  @Override
  public Accumulator accumulator() {
    return new Accumulator() {
      private final float[] vector = new float[padded];

      @Override
      public void add(MemorySegment piece, long position, float scale) {
        long count = SketchInput.requireLength(piece, position);
        if (count > length - position) {
          throw new IllegalArgumentException(
              "piece of %d at %d ends beyond P = %d".formatted(count, position, length));
        }
        for (int i = 0; i < count; i++) {
          float value = piece.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) i * Float.BYTES);
          vector[(int) position + i] += value * scale;
        }
      }

      @Override
      public float[] finish() {
        float[] sum = sketch(vector.clone());
        Arrays.fill(vector, 0);
        return sum;
      }
    };
  }

  private float[] sketch(float[] vector) {
    float[] scratch = new float[padded];
    for (Shuffle shuffle : shuffles) {
      shuffle.permuteRows(vector, scratch);
      shuffle.permuteColumns(scratch, vector);
    }
    float[] sums = new float[dimension];
    int group = padded / dimension;
    for (int k = 0; k < dimension; k++) {
      double sum = 0;
      for (int i = k * group; i < (k + 1) * group; i++) {
        sum += negated[i] ? -vector[i] : vector[i];
      }
      sums[k] = (float) sum;
    }
    return sums;
  }

  /** One shuffle: the source of each row of one view and of each column of another. */
  private record Shuffle(int[] rows, int[] columns) {

    void permuteRows(float[] from, float[] to) {
      int width = from.length / rows.length;
      for (int row = 0; row < rows.length; row++) {
        System.arraycopy(from, rows[row] * width, to, row * width, width);
      }
    }

    void permuteColumns(float[] from, float[] to) {
      for (int row = 0; row < from.length; row += columns.length) {
        for (int column = 0; column < columns.length; column++) {
          to[row + column] = from[row + columns[column]];
        }
      }
    }
  }

  private static int[] permutation(int size, SplittableRandom random) {
    int[] order = IntStream.range(0, size).toArray();
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** Returns the smallest number, at least {@code atLeast}, without prime factors above 5. */
  private static int smooth(int atLeast) {
    return IntStream.iterate(atLeast, m -> m + 1)
        .filter(
            m -> {
              int rest = m;
              for (int prime : new int[] {2, 3, 5}) {
                while (rest % prime == 0) {
                  rest /= prime;
                }
              }
              return rest == 1;
            })
        .findFirst()
        .orElseThrow();
  }
}
