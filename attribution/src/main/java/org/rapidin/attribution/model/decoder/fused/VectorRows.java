package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.vector.CrossEntropy;
import org.rapidin.attribution.model.decoder.vector.GatedUnit;
import org.rapidin.attribution.model.decoder.vector.LowRankFactor;
import org.rapidin.attribution.model.decoder.vector.LowRankInner;
import org.rapidin.attribution.model.decoder.vector.LowRankSum;
import org.rapidin.attribution.model.decoder.vector.RmsNorm;
import org.rapidin.attribution.model.torch.TorchMemory;

/** With the Vector API, in main memory and mostly in place. */
record VectorRows(TorchRows torch) implements RowOperations {
  /**
   * Of {@link #addLowRank} and {@link #inner}. The former takes 0.9 of libtorch's time for 512 rows
   * of 576 numbers and rank 16, 1.3 for rank 32.
   */
  private static final int HIGHEST_RANK = 16;

  @Override
  public NDArray inner(NDArray x, NDArray m, NDArray scale) {
    int rank = Math.toIntExact(m.getShape().get(0));
    if (rank > HIGHEST_RANK) {
      return torch.inner(x, m, scale);
    }
    float factor = TorchMemory.view(scale).get(ValueLayout.JAVA_FLOAT, 0);
    float[] z = LowRankInner.multiply(TorchMemory.view(x), array(m), factor, rank);
    return TorchMemory.floats(x.getManager(), new Shape(rank, tokens(x)), z);
  }

  private static long tokens(NDArray x) {
    return x.getShape().get(0) * x.getShape().get(1);
  }

  @Override
  public NDArray factor(NDArray x, NDArray z) {
    Shape shape = x.getShape();
    long rank = z.getShape().get(0);
    NDManager manager = x.getManager();
    NDArray g = manager.create(new Shape(shape.get(0), rank, shape.get(2)), DataType.FLOAT32);
    LowRankFactor.multiply(
        TorchMemory.view(x),
        array(z),
        Math.toIntExact(rank),
        Math.toIntExact(shape.get(0)),
        TorchMemory.view(g));
    return g;
  }

  @Override
  public NDArray factorTransposed(NDArray x, NDArray z) {
    Shape shape = x.getShape();
    long rank = z.getShape().get(0);
    NDManager manager = x.getManager();
    NDArray g = manager.create(new Shape(shape.get(0), shape.get(2), rank), DataType.FLOAT32);
    LowRankFactor.multiplyTransposed(
        TorchMemory.view(x),
        array(z),
        Math.toIntExact(rank),
        Math.toIntExact(shape.get(0)),
        TorchMemory.view(g));
    return g;
  }

  @Override
  public NDArray addLowRank(NDArray y, NDArray z, NDArray m) {
    int rank = Math.toIntExact(z.getShape().get(0));
    if (rank > HIGHEST_RANK) {
      return torch.addLowRank(y, z, m);
    }
    LowRankSum.add(TorchMemory.view(y), array(z), array(m), rank);
    return y;
  }

  private static float[] array(NDArray array) {
    return TorchMemory.view(array).toArray(ValueLayout.JAVA_FLOAT);
  }

  @Override
  public NDList norm(NDArray x, NormModule norm) {
    NDManager manager = x.getManager();
    Shape shape = x.getShape();
    NDArray scale = manager.create(new Shape(shape.get(0), shape.get(1), 1), DataType.FLOAT32);
    float epsilon = TorchMemory.view(norm.epsilon()).get(ValueLayout.JAVA_FLOAT, 0);
    rms(norm).scales(TorchMemory.view(x), epsilon, TorchMemory.view(scale));
    return new NDList(normAgain(x, norm, scale), scale);
  }

  private static RmsNorm rms(NormModule norm) {
    return new RmsNorm(TorchMemory.view(norm.weight()));
  }

  @Override
  public NDArray normAgain(NDArray x, NormModule norm, NDArray scale) {
    NDArray y = x.getManager().create(x.getShape(), DataType.FLOAT32);
    rms(norm).forward(TorchMemory.view(x), TorchMemory.view(scale), TorchMemory.view(y));
    return y;
  }

  @Override
  public NDArray normBackward(
      NDArray delta, NDArray x, NormModule norm, NDArray scale, NDArray residual) {
    rms(norm)
        .backward(
            TorchMemory.view(delta),
            TorchMemory.view(x),
            TorchMemory.view(scale),
            TorchMemory.view(residual));
    return delta;
  }

  @Override
  public NDArray gated(NDArray gate, NDArray up) {
    NDArray product = gate.getManager().create(gate.getShape(), DataType.FLOAT32);
    GatedUnit.forward(TorchMemory.view(gate), TorchMemory.view(up), TorchMemory.view(product));
    return product;
  }

  @Override
  public NDList gatedBackward(NDArray delta, NDArray gate, NDArray up) {
    NDArray toGate = gate.getManager().create(gate.getShape(), DataType.FLOAT32);
    GatedUnit.backward(
        TorchMemory.view(delta),
        TorchMemory.view(gate),
        TorchMemory.view(up),
        TorchMemory.view(toGate));
    return new NDList(toGate, delta);
  }

  @Override
  public CrossEntropies crossEntropy(NDArray logits, long[] targets, float[] weights) {
    float[] losses = CrossEntropy.replace(TorchMemory.view(logits), targets, weights);
    return new CrossEntropies(losses, logits);
  }
}
