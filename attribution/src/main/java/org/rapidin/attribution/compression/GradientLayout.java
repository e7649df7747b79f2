package org.rapidin.attribution.compression;

import java.util.List;

/**
 * The gradients of an attributor as one vector of P numbers: all tensors of the first checkpoint,
 * then all of the second, each row-major. Immutable.
 */
public final class GradientLayout {
  private final List<Tensor> tensors;
  private final int checkpoints;
  private final long[] offsets;

  /**
   * A tensor whose gradient counts.
   *
   * @param name its Hugging Face or PEFT name
   * @param shape dimensions, row-major
   * @param linear whether it is the weight of a linear layer below the head, [outputs, inputs]
   */
  public record Tensor(String name, List<Long> shape, boolean linear) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Returns the number of elements. */
    public long size() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /**
   * The layout of some tensors.
   *
   * @param tensors of each checkpoint, in the order of the pass's parameters
   * @param checkpoints how many, at least 1
   */
  public GradientLayout(List<Tensor> tensors, int checkpoints) {
    this.tensors = List.copyOf(tensors);
    this.checkpoints = checkpoints;
    this.offsets = new long[tensors.size() + 1];
    for (int i = 0; i < tensors.size(); i++) {
      offsets[i + 1] = Math.addExact(offsets[i], tensors.get(i).size());
    }
  }

  /** Returns the tensors of each checkpoint. */
  public List<Tensor> tensors() {
    return tensors;
  }

  /** Returns how many checkpoints there are. */
  public int checkpoints() {
    return checkpoints;
  }

  /** Returns P, the numbers of all checkpoints together. */
  public long length() {
    return Math.multiplyExact(checkpoints, offsets[tensors.size()]);
  }

  /** Returns where a tensor's first number is among the P numbers. */
  public long position(int checkpoint, int tensor) {
    return checkpoint * offsets[tensors.size()] + offsets[tensor];
  }
}
