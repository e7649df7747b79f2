package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Root mean square normalization of rows, y = w·x·r with r = 1/√(mean x² + ε), forward and
 * backward. Matrices are float32 in native order, [rows, width]; w is [width], r [rows]. Belongs to
 * one thread.
 */
public final class RmsNorm {
  private final MemorySegment weight;
  private final int width;
  private final int bound;
  private final VectorMask<Float> rest;
  private final float[] lanes = new float[Vectors.WIDE.length()];

  /** A normalization with its weight. */
  public RmsNorm(MemorySegment weight) {
    this.weight = weight;
    this.width = Math.toIntExact(weight.byteSize() / Float.BYTES);
    this.bound = Vectors.WIDE.loopBound(width);
    this.rest = Vectors.rest(width);
  }

  /** Computes r. */
  public void scales(MemorySegment x, float epsilon, MemorySegment scales) {
    for (int row = 0; row < rows(x); row++) {
      double mean = squares(x, start(row)) / width;
      scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, (float) (1 / Math.sqrt(mean + epsilon)));
    }
  }

  private long rows(MemorySegment matrix) {
    return matrix.byteSize() / Float.BYTES / width;
  }

  private long start(int row) {
    return (long) row * width;
  }

  private double squares(MemorySegment x, long start) {
    FloatVector sums = FloatVector.zero(Vectors.WIDE);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector some = Vectors.get(x, start + i);
      sums = some.fma(some, sums);
    }
    if (bound < width) {
      FloatVector some = Vectors.get(x, start + bound, rest);
      sums = some.fma(some, sums);
    }
    return Vectors.sum(sums, lanes);
  }

  /** Computes y. */
  public void forward(MemorySegment x, MemorySegment scales, MemorySegment y) {
    for (int row = 0; row < rows(x); row++) {
      float scale = scales.getAtIndex(ValueLayout.JAVA_FLOAT, row);
      long start = start(row);
      for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
        FloatVector product = Vectors.get(x, start + i).mul(scale).mul(Vectors.get(weight, i));
        Vectors.put(product, y, start + i);
      }
      if (bound < width) {
        FloatVector product =
            Vectors.get(x, start + bound, rest).mul(scale).mul(Vectors.get(weight, bound, rest));
        Vectors.put(product, y, start + bound, rest);
      }
    }
  }

  /**
   * Replaces δ at y by the gradient at x, r·(g − x·r²·mean(g·x)) with g = w·δ.
   *
   * @param residual is added to the gradient
   */
  public void backward(
      MemorySegment delta, MemorySegment x, MemorySegment scales, MemorySegment residual) {
    for (int row = 0; row < rows(x); row++) {
      float scale = scales.getAtIndex(ValueLayout.JAVA_FLOAT, row);
      double mean = products(delta, x, start(row)) / width;
      float factor = (float) (mean * scale * scale);
      row(delta, x, residual, start(row), scale, factor);
    }
  }

  /** Σ w·δ·x. */
  private double products(MemorySegment delta, MemorySegment x, long start) {
    FloatVector sums = FloatVector.zero(Vectors.WIDE);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector g = Vectors.get(delta, start + i).mul(Vectors.get(weight, i));
      sums = g.fma(Vectors.get(x, start + i), sums);
    }
    if (bound < width) {
      FloatVector g = Vectors.get(delta, start + bound, rest).mul(Vectors.get(weight, bound, rest));
      sums = g.fma(Vectors.get(x, start + bound, rest), sums);
    }
    return Vectors.sum(sums, lanes);
  }

  private void row(
      MemorySegment delta,
      MemorySegment x,
      MemorySegment residual,
      long start,
      float scale,
      float factor) {
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector g = Vectors.get(delta, start + i).mul(Vectors.get(weight, i));
      FloatVector difference = g.sub(Vectors.get(x, start + i).mul(factor));
      FloatVector sum = difference.mul(scale).add(Vectors.get(residual, start + i));
      Vectors.put(sum, delta, start + i);
    }
    if (bound < width) {
      FloatVector g = Vectors.get(delta, start + bound, rest).mul(Vectors.get(weight, bound, rest));
      FloatVector difference = g.sub(Vectors.get(x, start + bound, rest).mul(factor));
      FloatVector sum = difference.mul(scale).add(Vectors.get(residual, start + bound, rest));
      Vectors.put(sum, delta, start + bound, rest);
    }
  }
}
