package org.rapidin.attribution.fitted;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.rapidin.attribution.compression.VectorPart;

/**
 * (R + λI)^-1 of a {@link Covariance}, kept as the Cholesky factor of R + λI. Immutable.
 *
 * <p>Bytes, big endian: int version, UTF fingerprint, long vectors, float64 damping, int parts; of
 * each part UTF name, int numbers n, float64 λ; then of each part the n·(n + 1)/2 float64 of its
 * factor, row by row.
 */
public final class DampedInverse implements FittedState {
  private static final int VERSION = 1;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Origin origin;
  private final List<VectorPart> parts;
  private final double[] ridges;
  private final List<Triangle> factors;

  /**
   * Where an inverse comes from.
   *
   * @param fingerprint of the attributor whose vectors it was fitted to
   * @param vectors how many
   * @param damping λ over the mean eigenvalue of R
   */
  public record Origin(String fingerprint, long vectors, double damping) {
    public Origin {
      Objects.requireNonNull(fingerprint, "fingerprint");
    }
  }

  DampedInverse(Origin origin, List<VectorPart> parts, double[] ridges, List<Triangle> factors) {
    this.origin = origin;
    this.parts = List.copyOf(parts);
    this.ridges = ridges;
    this.factors = factors;
  }

  /** Returns where it comes from. */
  public Origin origin() {
    return origin;
  }

  @Override
  public String fingerprint() {
    return origin.fingerprint();
  }

  /** Returns the parts of the vectors that it takes. */
  public List<VectorPart> parts() {
    return parts;
  }

  /** Returns λ of a part. */
  public double ridge(int part) {
    return ridges[part];
  }

  /**
   * Multiplies a vector, part by part; numbers after the last part become 0.
   *
   * @param vector at least as long as all parts together
   * @return a new array
   * @throws IllegalArgumentException if it is shorter, or the result is not finite in float32
   */
  public float[] apply(float[] vector) {
    return each(vector, Triangle::solve);
  }

  /**
   * Multiplies a vector with a root W of the matrix, Wᵀ·W = (R + λI)^-1, part by part. Vectors have
   * the norms and the inner products that the symmetric root would give them.
   *
   * @param vector at least as long as all parts together
   * @return a new array
   * @throws IllegalArgumentException as {@link #apply}
   */
  public float[] applyRoot(float[] vector) {
    return each(vector, Triangle::solveHalf);
  }

  /**
   * Returns √(vᵀ·(R + λI)^-1·v), the norm of {@link #applyRoot}: for a gradient, the root of its
   * self-influence.
   *
   * @param vector at least as long as all parts together
   * @throws IllegalArgumentException if it is shorter, or the norm is not finite
   */
  public double norm(float[] vector) {
    return norm(vector, Triangle::solveHalf);
  }

  /**
   * Returns {@link #norm} of the vector that {@link #apply} made a product of, √(pᵀ·(R + λI)·p).
   *
   * @param product at least as long as all parts together
   * @throws IllegalArgumentException as {@link #norm(float[])}
   */
  public double normOfProduct(float[] product) {
    return norm(product, Triangle::multiplyTransposed);
  }

  private double norm(float[] vector, BiConsumer<Triangle, double[]> root) {
    double[] sum = {0};
    each(
        vector,
        root,
        (start, part, numbers) -> {
          for (double number : numbers) {
            sum[0] += number * number;
          }
        });
    if (!Double.isFinite(sum[0])) {
      throw new IllegalArgumentException(
          "the norm of a vector by the preconditioner is %s: fit the preconditioner with more damping"
              .formatted(Math.sqrt(sum[0])));
    }
    return Math.sqrt(sum[0]);
  }

  private float[] each(float[] vector, BiConsumer<Triangle, double[]> solve) {
    float[] result = new float[vector.length];
    each(
        vector,
        solve,
        (start, part, numbers) -> {
          for (int i = 0; i < numbers.length; i++) {
            result[start + i] = finite((float) numbers[i], part);
          }
        });
    return result;
  }

  /** What is done with the numbers of a part, which are at {@code start} of the vector. */
  private interface PartTaker {
    void take(int start, VectorPart part, double[] numbers);
  }

  private void each(float[] vector, BiConsumer<Triangle, double[]> change, PartTaker taker) {
    int length = parts.stream().mapToInt(VectorPart::numbers).sum();
    if (vector.length < length) {
      throw new IllegalArgumentException(
          "the vector has %s numbers, its layers have %s".formatted(vector.length, length));
    }
    int start = 0;
    for (int p = 0; p < parts.size(); p++) {
      double[] numbers = new double[parts.get(p).numbers()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = vector[start + i];
      }
      change.accept(factors.get(p), numbers);
      taker.take(start, parts.get(p), numbers);
      start += numbers.length;
    }
  }

  private static float finite(float number, VectorPart part) {
    if (!Float.isFinite(number)) {
      throw new IllegalArgumentException(
          "the preconditioned gradient of [%s] has the number %s: fit the preconditioner with more damping"
              .formatted(part.name(), number));
    }
    return number;
  }

  /** Writes the bytes; does not close the output. */
  public void write(DataOutputStream out) throws IOException {
    out.writeInt(VERSION);
    out.writeUTF(origin.fingerprint());
    out.writeLong(origin.vectors());
    out.writeDouble(origin.damping());
    out.writeInt(parts.size());
    for (int p = 0; p < parts.size(); p++) {
      out.writeUTF(parts.get(p).name());
      out.writeInt(parts.get(p).numbers());
      out.writeDouble(ridges[p]);
    }
    byte[] bytes = new byte[BUFFER_BYTES];
    DoubleBuffer buffer = ByteBuffer.wrap(bytes).asDoubleBuffer();
    for (Triangle factor : factors) {
      double[] numbers = factor.numbers();
      for (int from = 0; from < numbers.length; from += buffer.capacity()) {
        int count = Math.min(buffer.capacity(), numbers.length - from);
        buffer.put(0, numbers, from, count);
        out.write(bytes, 0, count * Double.BYTES);
      }
    }
  }

  /**
   * Reads what {@link #write} wrote. Takes {@link Covariance#bytes} of the parts in memory.
   *
   * @throws IOException if it is of another version, or the bytes end too early
   */
  public static DampedInverse read(DataInputStream in) throws IOException {
    int version = in.readInt();
    if (version != VERSION) {
      throw new IOException(
          "an inverse of version [%s], this node reads [%s]".formatted(version, VERSION));
    }
    Origin origin = new Origin(in.readUTF(), in.readLong(), in.readDouble());
    List<VectorPart> parts = new ArrayList<>();
    double[] ridges = new double[in.readInt()];
    for (int p = 0; p < ridges.length; p++) {
      parts.add(new VectorPart(in.readUTF(), in.readInt()));
      ridges[p] = in.readDouble();
    }
    List<Triangle> factors = new ArrayList<>();
    byte[] bytes = new byte[BUFFER_BYTES];
    DoubleBuffer buffer = ByteBuffer.wrap(bytes).asDoubleBuffer();
    for (VectorPart part : parts) {
      Triangle factor = new Triangle(part.numbers());
      double[] numbers = factor.numbers();
      for (int from = 0; from < numbers.length; from += buffer.capacity()) {
        int count = Math.min(buffer.capacity(), numbers.length - from);
        in.readFully(bytes, 0, count * Double.BYTES);
        buffer.get(0, numbers, from, count);
      }
      factors.add(factor);
    }
    return new DampedInverse(origin, parts, ridges, factors);
  }
}
