package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.model.decoder.RotaryAngles;
import org.rapidin.attribution.model.decoder.vector.CausalAttention;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Attention on the heap, with a few heads of one sequence there at a time. */
record HeapAttention() implements Attention {

  /** The rotary angles of a pass, [T, width] each. */
  private record HeapAngles(float[] cos, float[] sin, int width) {
    static HeapAngles of(RotaryAngles angles) {
      return new HeapAngles(array(angles.cos()), array(angles.sin()), angles.width());
    }

    private static float[] array(NDArray angles) {
      return TorchMemory.view(angles).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Rotates queries and divides them by √width. */
    void queries(HeapRows rows, int sign) {
      rows.rotate(cos, sin, sign, (float) (1 / Math.sqrt(width)));
    }

    void keys(HeapRows rows, int sign) {
      rows.rotate(cos, sin, sign, 1);
    }
  }

  @Override
  public NDList forward(NDArray q, NDArray k, NDArray v, RotaryAngles rotary, int window) {
    NDArray mixed = q.getManager().create(q.getShape(), DataType.FLOAT32);
    HeapAngles angles = HeapAngles.of(rotary);
    MemorySegment queries = TorchMemory.view(q);
    MemorySegment keys = TorchMemory.view(k);
    MemorySegment values = TorchMemory.view(v);
    MemorySegment target = TorchMemory.view(mixed);
    for (HeadPart part : HeadPart.of(q.getShape(), k.getShape(), angles.width())) {
      HeapRows rotated = part.queries(queries);
      HeapRows seen = part.keys(keys);
      angles.queries(rotated, 1);
      angles.keys(seen, 1);
      part.write(rotated, queries);
      part.write(seen, keys);
      part.write(mix(rotated, seen, part.keys(values), window), target);
    }
    return new NDList(heads(q, angles), heads(k, angles), heads(v, angles), mixed);
  }

  private static NDArray heads(NDArray array, HeapAngles angles) {
    Shape shape = array.getShape();
    return array.reshape(shape.get(0), shape.get(1), -1, angles.width());
  }

  private static HeapRows mix(HeapRows queries, HeapRows keys, HeapRows values, int window) {
    HeapRows mixed = queries.zeros();
    int group = queries.heads() / keys.heads();
    for (int head = 0; head < keys.heads(); head++) {
      CausalAttention attention = attention(keys, values, head, window);
      for (int i = head * group; i < (head + 1) * group; i++) {
        attention.forward(queries.head(i), mixed.head(i));
      }
    }
    return mixed;
  }

  private static CausalAttention attention(HeapRows keys, HeapRows values, int head, int window) {
    return CausalAttention.of(
        keys.head(head), values.head(head), keys.length(), keys.width(), window);
  }

  @Override
  public NDList backward(NDArray delta, Activations kept, RotaryAngles rotary, int window) {
    HeapAngles angles = HeapAngles.of(rotary);
    Gradients wanted = new Gradients(delta, kept);
    MemorySegment queries = TorchMemory.view(kept.q());
    MemorySegment keys = TorchMemory.view(kept.k());
    MemorySegment values = TorchMemory.view(kept.v());
    MemorySegment mixed = TorchMemory.view(kept.mixed());
    MemorySegment deltas = TorchMemory.view(delta);
    for (HeadPart part :
        HeadPart.of(wanted.q().getShape(), wanted.k().getShape(), angles.width())) {
      HeapRows q = part.queries(queries);
      HeapRows k = part.keys(keys);
      HeapRows v = part.keys(values);
      HeapRows toQueries = q.zeros();
      HeapRows toKeys = k.zeros();
      HeapRows toValues = v.zeros();
      HeapRows d = part.queries(deltas);
      HeapRows o = part.queries(mixed);
      for (int head = 0; head < k.heads(); head++) {
        CausalAttention attention = attention(k, v, head, window);
        for (int i = head * part.group(); i < (head + 1) * part.group(); i++) {
          attention.backward(
              q.head(i),
              o.head(i),
              d.head(i),
              toQueries.head(i),
              toKeys.head(head),
              toValues.head(head));
        }
      }
      angles.queries(toQueries, -1);
      angles.keys(toKeys, -1);
      part.write(toQueries, TorchMemory.view(wanted.q()));
      part.write(toKeys, TorchMemory.view(wanted.k()));
      part.write(toValues, TorchMemory.view(wanted.v()));
    }
    return new NDList(wanted.q(), wanted.k(), wanted.v());
  }

  private record Gradients(NDArray q, NDArray k, NDArray v) {
    Gradients(NDArray delta, Activations kept) {
      this(like(delta, delta.getShape()), flat(delta, kept.k()), flat(delta, kept.v()));
    }

    private static NDArray flat(NDArray delta, NDArray heads) {
      Shape shape = heads.getShape();
      return like(delta, new Shape(shape.get(0), shape.get(1), shape.get(2) * shape.get(3)));
    }

    private static NDArray like(NDArray delta, Shape shape) {
      return delta.getManager().create(shape, DataType.FLOAT32);
    }
  }
}
