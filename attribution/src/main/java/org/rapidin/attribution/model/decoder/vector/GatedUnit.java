package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * silu(gate)·up with silu(x) = x·σ(x), forward and backward, number by number. Arguments are
 * float32 in native order.
 */
public final class GatedUnit {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private GatedUnit() {}

  /**
   * Computes silu(gate)·up.
   *
   * @param target receives it; may be the same memory as one of the others
   */
  public static void forward(MemorySegment gate, MemorySegment up, MemorySegment target) {
    int count = count(gate);
    int bound = Vectors.WIDE.loopBound(count);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
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
   * Computes the gradients δ·up·σ(gate)·(1 + gate·(1 − σ(gate))) and δ·silu(gate).
   *
   * @param delta δ, the gradient at the result; is replaced by the gradient at up
   * @param toGate receives the gradient at the gate
   */
  public static void backward(
      MemorySegment delta, MemorySegment gate, MemorySegment up, MemorySegment toGate) {
    int count = count(gate);
    int bound = Vectors.WIDE.loopBound(count);
    backward(delta, gate, up, toGate, bound);
    if (bound < count) {
      VectorMask<Float> rest = Vectors.rest(count);
      FloatVector g = Vectors.get(gate, bound, rest);
      FloatVector s = sigmoid(g);
      FloatVector d = Vectors.get(delta, bound, rest);
      FloatVector silu = g.mul(s);
      FloatVector product = d.mul(Vectors.get(up, bound, rest)).mul(slope(s, silu));
      Vectors.put(product, toGate, bound, rest);
      Vectors.put(d.mul(silu), delta, bound, rest);
    }
  }

  /**
   * The first numbers, a multiple of a vector. Does not call {@link Vectors#put}: the method has so
   * many nodes when C2 comes to it that only methods of the Vector API are still inlined.
   */
  private static void backward(
      MemorySegment delta, MemorySegment gate, MemorySegment up, MemorySegment toGate, int count) {
    MemorySegment atUp = Vectors.offHeap(delta);
    MemorySegment atGate = Vectors.offHeap(toGate);
    for (int i = 0; i < count; i += Vectors.WIDE.length()) {
      FloatVector g = Vectors.get(gate, i);
      FloatVector s = sigmoid(g);
      FloatVector d = Vectors.get(atUp, i);
      FloatVector silu = g.mul(s);
      FloatVector product = d.mul(Vectors.get(up, i)).mul(slope(s, silu));
      product.intoMemorySegment(atGate, (long) i * Float.BYTES, ORDER);
      d.mul(silu).intoMemorySegment(atUp, (long) i * Float.BYTES, ORDER);
    }
  }

  private static int count(MemorySegment numbers) {
    return Math.toIntExact(numbers.byteSize() / Float.BYTES);
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
