package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * silu(gate)·up with silu(x) = x·σ(x), forward and backward, number by number. Works on pieces that
 * stay in the cache. Arguments are float32 in native order.
 */
public final class GatedUnit {
  /** Numbers of a piece, a multiple of every vector's. */
  private static final int PIECE = 1024;

  private final float[] delta = new float[PIECE];
  private final float[] gate = new float[PIECE];
  private final float[] up = new float[PIECE];
  private final float[] sigmoid = new float[PIECE];

  private GatedUnit() {}

  /**
   * Computes silu(gate)·up.
   *
   * @param target receives it; may be one of the others
   */
  public static void forward(MemorySegment gate, MemorySegment up, MemorySegment target) {
    GatedUnit unit = new GatedUnit();
    for (long from = 0; from < gate.byteSize(); from += PIECE * Float.BYTES) {
      read(gate, from, unit.gate);
      read(up, from, unit.up);
      unit.sigmoid();
      unit.multiply();
      write(unit.up, target, from);
    }
  }

  /**
   * Computes the gradients: δ·up·σ(gate)·(1 + gate·(1 − σ(gate))) and δ·silu(gate).
   *
   * @param delta gradient at the result
   * @param toGate receives the gradient at the gate; may be one of the others, as the following
   */
  public static void backward(
      MemorySegment delta,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment toGate,
      MemorySegment toUp) {
    GatedUnit unit = new GatedUnit();
    for (long from = 0; from < gate.byteSize(); from += PIECE * Float.BYTES) {
      read(delta, from, unit.delta);
      read(gate, from, unit.gate);
      read(up, from, unit.up);
      unit.sigmoid();
      unit.differentiate();
      write(unit.gate, toGate, from);
      write(unit.up, toUp, from);
    }
  }

  private static void read(MemorySegment all, long from, float[] piece) {
    int count = count(all, from);
    MemorySegment.copy(all, ValueLayout.JAVA_FLOAT, from, piece, 0, count);
  }

  private static void write(float[] piece, MemorySegment all, long from) {
    MemorySegment.copy(piece, 0, all, ValueLayout.JAVA_FLOAT, from, count(all, from));
  }

  private static int count(MemorySegment all, long from) {
    return (int) Math.min(PIECE, (all.byteSize() - from) / Float.BYTES);
  }

  private void sigmoid() {
    for (int i = 0; i < PIECE; i += Vectors.WIDE.length()) {
      FloatVector negative = FloatVector.fromArray(Vectors.WIDE, gate, i).neg();
      FloatVector bounded =
          negative.blend(-Vectors.LEAST, negative.compare(VectorOperators.GT, -Vectors.LEAST));
      FloatVector.broadcast(Vectors.WIDE, 1).div(Vectors.exp(bounded).add(1)).intoArray(sigmoid, i);
    }
  }

  private void multiply() {
    for (int i = 0; i < PIECE; i += Vectors.WIDE.length()) {
      FloatVector silu =
          FloatVector.fromArray(Vectors.WIDE, gate, i)
              .mul(FloatVector.fromArray(Vectors.WIDE, sigmoid, i));
      silu.mul(FloatVector.fromArray(Vectors.WIDE, up, i)).intoArray(up, i);
    }
  }

  private void differentiate() {
    for (int i = 0; i < PIECE; i += Vectors.WIDE.length()) {
      FloatVector d = FloatVector.fromArray(Vectors.WIDE, delta, i);
      FloatVector s = FloatVector.fromArray(Vectors.WIDE, sigmoid, i);
      FloatVector silu = FloatVector.fromArray(Vectors.WIDE, gate, i).mul(s);
      FloatVector slope = s.add(silu.sub(silu.mul(s)));
      d.mul(FloatVector.fromArray(Vectors.WIDE, up, i)).mul(slope).intoArray(gate, i);
      d.mul(silu).intoArray(up, i);
    }
  }
}
