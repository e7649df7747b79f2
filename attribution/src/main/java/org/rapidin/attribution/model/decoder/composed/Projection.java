package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;

/** How queries, keys and values are made of a layer's input. */
public sealed interface Projection {

  /**
   * What attention mixes.
   *
   * @param q float32, [B, T, heads·width]
   * @param k float32, [B, T, key heads·width]
   * @param v float32, [B, T, key heads·width]
   */
  record Projected(NDArray q, NDArray k, NDArray v) {}

  /**
   * Projects.
   *
   * @param x float32, [B, T, hidden]
   */
  Projected apply(NDArray x, ModuleTap tap);

  /** One linear layer each. */
  record Separate(LinearModule q, LinearModule k, LinearModule v) implements Projection {
    @Override
    public Projected apply(NDArray x, ModuleTap tap) {
      return new Projected(q.apply(x, tap), k.apply(x, tap), v.apply(x, tap));
    }
  }

  /**
   * One linear layer each, and normalizations of queries and keys: of each head, or over the whole
   * width, as the weights of the normalizations are wide.
   */
  record Normalized(Separate linears, NormModule queryNorm, NormModule keyNorm)
      implements Projection {
    @Override
    public Projected apply(NDArray x, ModuleTap tap) {
      Projected projected = linears.apply(x, tap);
      return new Projected(
          norm(queryNorm, projected.q(), tap), norm(keyNorm, projected.k(), tap), projected.v());
    }

    private static NDArray norm(NormModule norm, NDArray x, ModuleTap tap) {
      Shape shape = x.getShape();
      long width = norm.weight().getShape().get(0);
      NDArray parts = x.reshape(shape.get(0), shape.get(1), shape.get(2) / width, width);
      return norm.apply(parts, tap).reshape(shape);
    }
  }

  /** One linear layer whose output has all queries, then all keys, then all values. */
  record Joint(LinearModule linear, AttentionShape heads) implements Projection {
    @Override
    public Projected apply(NDArray x, ModuleTap tap) {
      NDArray all = linear.apply(x, tap);
      long values = heads.queries() + heads.keys();
      return new Projected(
          part(all, 0, heads.queries()),
          part(all, heads.queries(), values),
          part(all, values, values + heads.keys()));
    }

    private static NDArray part(NDArray all, long from, long to) {
      return all.get(":,:,%s:%s".formatted(from, to));
    }
  }

  /** One linear layer whose output has query, key and value of one head after the other. */
  record Interleaved(LinearModule linear, AttentionShape heads) implements Projection {
    @Override
    public Projected apply(NDArray x, ModuleTap tap) {
      Shape shape = x.getShape();
      NDArray all =
          linear.apply(x, tap).reshape(shape.get(0), shape.get(1), heads.heads(), 3, heads.width());
      return new Projected(part(all, 0), part(all, 1), part(all, 2));
    }

    private NDArray part(NDArray all, int index) {
      Shape shape = all.getShape();
      return all.get(":,:,:,%s".formatted(index))
          .reshape(shape.get(0), shape.get(1), heads.queries());
    }
  }
}
