package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Losses of predictions and their gradients at the logits, in place. */
public final class CrossEntropy {
  private CrossEntropy() {}

  /**
   * Replaces each row of logits by the gradient of its weighted loss, weight·(softmax − 1 at the
   * target).
   *
   * @param logits [n, vocabulary], float32 in native order
   * @param targets [n], the tokens that came
   * @param weights [n], of the losses
   * @return the losses −ln p(target), in nats, unweighted, [n]
   */
  public static float[] replace(MemorySegment logits, long[] targets, float[] weights) {
    float[] losses = new float[targets.length];
    long bytes = logits.byteSize() / targets.length;
    for (int row = 0; row < targets.length; row++) {
      MemorySegment numbers = logits.asSlice(row * bytes, bytes);
      losses[row] = row(numbers, targets[row], weights[row]);
    }
    return losses;
  }

  private static float row(MemorySegment logits, long target, float weight) {
    int count = Math.toIntExact(logits.byteSize() / Float.BYTES);
    float largest = largest(logits, count);
    float logit = logits.getAtIndex(ValueLayout.JAVA_FLOAT, target);
    double sum = exponentials(logits, count, largest);
    scale(logits, count, (float) (weight / sum));
    float probability = logits.getAtIndex(ValueLayout.JAVA_FLOAT, target);
    logits.setAtIndex(ValueLayout.JAVA_FLOAT, target, probability - weight);
    return (float) (Math.log(sum) - (logit - largest));
  }

  private static float largest(MemorySegment logits, int count) {
    FloatVector largest = FloatVector.broadcast(Vectors.WIDE, Float.NEGATIVE_INFINITY);
    int bound = Vectors.WIDE.loopBound(count);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector some = Vectors.get(logits, i);
      largest = largest.blend(some, some.compare(VectorOperators.GT, largest));
    }
    float result = largest.reduceLanes(VectorOperators.MAX);
    for (int i = bound; i < count; i++) {
      result = Math.max(result, logits.getAtIndex(ValueLayout.JAVA_FLOAT, i));
    }
    return result;
  }

  /** Replaces logits by e to the power of their distance to the largest; returns the sum. */
  private static double exponentials(MemorySegment logits, int count, float largest) {
    FloatVector sums = FloatVector.zero(Vectors.WIDE);
    int bound = Vectors.WIDE.loopBound(count);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector some = Vectors.exp(Vectors.get(logits, i).sub(largest));
      Vectors.put(some, logits, i);
      sums = sums.add(some);
    }
    if (bound < count) {
      VectorMask<Float> mask = Vectors.rest(count);
      FloatVector some = Vectors.exp(Vectors.get(logits, bound, mask).sub(largest));
      Vectors.put(some, logits, bound, mask);
      sums = sums.add(some, mask);
    }
    return Vectors.sum(sums, new float[Vectors.WIDE.length()]);
  }

  private static void scale(MemorySegment numbers, int count, float factor) {
    int bound = Vectors.WIDE.loopBound(count);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      Vectors.put(Vectors.get(numbers, i).mul(factor), numbers, i);
    }
    if (bound < count) {
      VectorMask<Float> mask = Vectors.rest(count);
      Vectors.put(Vectors.get(numbers, bound, mask).mul(factor), numbers, bound, mask);
    }
  }
}
