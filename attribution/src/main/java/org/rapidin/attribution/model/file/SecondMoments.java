package org.rapidin.attribution.model.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What an optimizer keeps of the squares of gradients, V, in a safetensors file next to the
 * weights. Of a weight W [m, n] it has either of
 *
 * <ul>
 *   <li><b>W</b> [m, n], Adam's {@code exp_avg_sq}: gradients are divided by √V + 1e-8
 *   <li><b>W.exp_avg_sq_row</b> [m] and <b>W.exp_avg_sq_col</b> [n], r and c of Adafactor:
 *       gradients are divided by √(r·cᵀ / mean(r)), 1e-30 added to r and c
 * </ul>
 *
 * <p>in F32 or BF16. Other tensors are not read. Reading is safe for several threads until {@link
 * #close}.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Adam</a>
 * @see <a href="https://arxiv.org/abs/1804.04235">Adafactor, section 3</a>
 */
public final class SecondMoments implements AutoCloseable {
  static final String FILE = "exp_avg_sq.safetensors";
  private static final String ROWS = ".exp_avg_sq_row";
  private static final String COLUMNS = ".exp_avg_sq_col";
  private static final float ADAM_EPSILON = 1e-8f;
  private static final double ADAFACTOR_EPSILON = 1e-30;
  private static final int BLOCK = 1 << 16;

  private final SafetensorsFile file;

  /**
   * What the rows and the columns of a gradient are multiplied with to divide it by √V.
   *
   * @param outputs length m
   * @param inputs length n
   */
  public record Factors(float[] outputs, float[] inputs) {}

  SecondMoments(SafetensorsFile file) {
    this.file = file;
  }

  /**
   * Checks by the header that the moments of a weight are there.
   *
   * @param shape of the weight
   * @throws IllegalArgumentException if they are not, or have another shape or type; names them
   */
  public void requireFits(String weight, List<Long> shape) {
    boolean factored = isFactored(weight);
    if (factored == file.names().contains(weight)) {
      throw new IllegalArgumentException(
          factored
              ? "%s has both [%s] and [%s]: keep the one that the optimizer used"
                  .formatted(FILE, weight, weight + ROWS)
              : "%s has no second moments of [%s]: write the optimizer's exp_avg_sq of each weight under the weight's name, or set second_moment to [none]"
                  .formatted(FILE, weight));
    }
    if (factored) {
      requireFits(weight + ROWS, weight, shape.subList(0, 1));
      requireFits(weight + COLUMNS, weight, shape.subList(1, 2));
    } else {
      requireFits(weight, weight, shape);
    }
  }

  private void requireFits(String name, String weight, List<Long> shape) {
    if (!file.names().contains(name)) {
      throw new IllegalArgumentException(
          "%s has no [%s], which goes with [%s]".formatted(FILE, name, weight + ROWS));
    }
    TensorInfo info = file.info(name);
    List<Long> got = Arrays.stream(info.shape()).boxed().toList();
    if (!got.equals(shape)) {
      throw new IllegalArgumentException(
          "%s has [%s] of shape %s, %s is needed: is it of another model?"
              .formatted(FILE, name, got, shape));
    }
    if (info.type() != TensorType.F32 && info.type() != TensorType.BF16) {
      throw new IllegalArgumentException(
          "%s has [%s] of type %s, F32 or BF16 is needed: small squares are 0 in other types"
              .formatted(FILE, name, info.type()));
    }
  }

  /**
   * Reads all moments of some weights.
   *
   * @throws IllegalArgumentException if a number is negative or not finite, a factor is 0, or all
   *     moments of a weight are 0; names it
   */
  void requireUsable(List<String> weights) {
    for (String weight : weights) {
      if (isFactored(weight)) {
        requireUsable(weight + ROWS, true);
        requireUsable(weight + COLUMNS, true);
      } else {
        requireUsable(weight, false);
      }
    }
  }

  /** A zero among factors would make the numbers of a line 10^15 times as large. */
  private void requireUsable(String name, boolean factor) {
    float[] block = new float[BLOCK];
    long elements = file.info(name).elements();
    boolean zero = true;
    for (long from = 0; from < elements; from += BLOCK) {
      int count = (int) Math.min(BLOCK, elements - from);
      file.readFloats(name, from, MemorySegment.ofArray(block).asSlice(0, 4L * count));
      for (int i = 0; i < count; i++) {
        if (!(block[i] >= 0 && block[i] < Float.POSITIVE_INFINITY)) {
          throw new IllegalArgumentException(
              "%s: [%s] has %s at element %s of %s, second moments are finite and not negative: export the optimizer's exp_avg_sq again"
                  .formatted(FILE, name, block[i], from + i, elements));
        }
        if (factor && block[i] == 0) {
          throw new IllegalArgumentException(
              "%s: [%s] is 0 at element %s of %s, Adafactor keeps at least 1e-30: export its state again, or leave the weight out of parameters"
                  .formatted(FILE, name, from + i, elements));
        }
        zero &= block[i] == 0;
      }
    }
    if (zero) {
      throw new IllegalArgumentException(
          "%s: [%s] is 0 everywhere, as if it had not been trained: leave it out of parameters"
              .formatted(FILE, name));
    }
    file.unload(name);
  }

  private boolean isFactored(String weight) {
    return file.names().contains(weight + ROWS);
  }

  /** Returns the factors of a weight whose moments have two; empty if they have a number each. */
  public Optional<Factors> factors(String weight) {
    if (!isFactored(weight)) {
      return Optional.empty();
    }
    float[] rows = read(weight + ROWS);
    float[] columns = read(weight + COLUMNS);
    double sum = 0;
    for (float row : rows) {
      sum += row + ADAFACTOR_EPSILON;
    }
    double mean = sum / rows.length;
    return Optional.of(new Factors(inverseRoots(rows, mean), inverseRoots(columns, 1)));
  }

  private static float[] inverseRoots(float[] moments, double mean) {
    float[] factors = new float[moments.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) Math.sqrt(mean / (moments[i] + ADAFACTOR_EPSILON));
    }
    return factors;
  }

  private float[] read(String name) {
    float[] all = new float[Math.toIntExact(file.info(name).elements())];
    file.readFloats(name, 0, MemorySegment.ofArray(all));
    return all;
  }

  /**
   * Writes what the numbers of a gradient are multiplied with, of a weight whose moments have a
   * number each.
   *
   * @param from index of the first
   * @param factors takes as many float32 as it has room for
   */
  public void factors(String weight, long from, MemorySegment factors) {
    file.readFloats(weight, from, factors);
    float[] block = new float[BLOCK];
    long count = factors.byteSize() / Float.BYTES;
    for (long at = 0; at < count; at += BLOCK) {
      int length = (int) Math.min(BLOCK, count - at);
      long offset = at * Float.BYTES;
      MemorySegment.copy(factors, ValueLayout.JAVA_FLOAT, offset, block, 0, length);
      for (int i = 0; i < length; i++) {
        block[i] = 1 / ((float) Math.sqrt(block[i]) + ADAM_EPSILON);
      }
      MemorySegment.copy(block, 0, factors, ValueLayout.JAVA_FLOAT, offset, length);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
