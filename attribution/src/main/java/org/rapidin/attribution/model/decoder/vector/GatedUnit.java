package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * silu(gate)·up with silu(x) = x·σ(x), forward and backward, number by number. Arguments are
 * float32 in native order.
 */
public final class GatedUnit {

  private GatedUnit() {}

  /**
   * Computes silu(gate)·up.
   *
   * @param target receives it; may be the same memory as one of the others
   */
  public static void forward(MemorySegment gate, MemorySegment up, MemorySegment target) {
    long count = count(gate);
    long bound = Vectors.WIDE.loopBound(count);
    for (long i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector g = Vectors.get(gate, i);
      Vectors.put(g.mul(sigmoid(g)).mul(Vectors.get(up, i)), target, i);
    }
    if (bound < count) {
      VectorMask<Float> rest = Vectors.rest(count);
      FloatVector g = Vectors.get(gate, bound, rest);
      Vectors.put(g.mul(sigmoid(g)).mul(Vectors.get(up, bound, rest)), target, bound, rest);
    }
  }

  /**
   * Computes the gradients: δ·up·σ(gate)·(1 + gate·(1 − σ(gate))) and δ·silu(gate).
   *
   * @param delta gradient at the result
   * @param toGate receives the gradient at the gate; may be the same memory as one of the others,
   *     as may the following
   */
  public static void backward(
      MemorySegment delta,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment toGate,
      MemorySegment toUp) {
    long count = count(gate);
    long bound = Vectors.WIDE.loopBound(count);
    for (long i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector g = Vectors.get(gate, i);
      FloatVector s = sigmoid(g);
      FloatVector d = Vectors.get(delta, i);
      FloatVector silu = g.mul(s);
      FloatVector atGate = d.mul(Vectors.get(up, i)).mul(slope(s, silu));
      Vectors.put(atGate, toGate, i);
      Vectors.put(d.mul(silu), toUp, i);
    }
    if (bound < count) {
      VectorMask<Float> rest = Vectors.rest(count);
      FloatVector g = Vectors.get(gate, bound, rest);
      FloatVector s = sigmoid(g);
      FloatVector d = Vectors.get(delta, bound, rest);
      FloatVector silu = g.mul(s);
      FloatVector atGate = d.mul(Vectors.get(up, bound, rest)).mul(slope(s, silu));
      Vectors.put(atGate, toGate, bound, rest);
      Vectors.put(d.mul(silu), toUp, bound, rest);
    }
  }

  private static long count(MemorySegment numbers) {
    return numbers.byteSize() / Float.BYTES;
  }

  private static FloatVector sigmoid(FloatVector x) {
    FloatVector negative = x.neg();
    FloatVector bounded =
        negative.blend(-Vectors.LEAST, negative.compare(VectorOperators.GT, -Vectors.LEAST));
    return FloatVector.broadcast(Vectors.WIDE, 1).div(Vectors.exp(bounded).add(1));
  }

  /** Derivative of silu. */
  private static FloatVector slope(FloatVector sigmoid, FloatVector silu) {
    return sigmoid.add(silu.sub(silu.mul(sigmoid)));
  }
}
