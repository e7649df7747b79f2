package org.rapidin.attribution.compression;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The gradients of an attributor as one vector of P numbers: all tensors of the first checkpoint,
 * then all of the second, each row-major. Immutable.
 */
public final class GradientLayout {
  private final List<Tensor> tensors;
  private final int checkpoints;
  private final long[] offsets;
  private final List<Long> lines;

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

    /** Returns the name of the module that the tensor belongs to. */
    public String module() {
      return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private long lines() {
      return linear ? shape.stream().reduce(0L, Math::addExact) : 0;
    }
  }

  /**
   * The layout of some tensors.
   *
   * @param tensors of each checkpoint, in the order of the pass's parameters
   * @param checkpoints how many, at least 1
   */
  public GradientLayout(List<Tensor> tensors, int checkpoints) {
    this(tensors, linesBefore(tensors), checkpoints);
  }

  private GradientLayout(List<Tensor> tensors, List<Long> lines, int checkpoints) {
    this.tensors = List.copyOf(tensors);
    this.lines = List.copyOf(lines);
    this.checkpoints = checkpoints;
    this.offsets = new long[tensors.size() + 1];
    for (int i = 0; i < tensors.size(); i++) {
      offsets[i + 1] = Math.addExact(offsets[i], tensors.get(i).size());
    }
  }

  private static List<Long> linesBefore(List<Tensor> tensors) {
    List<Long> lines = new ArrayList<>();
    long before = 0;
    for (Tensor tensor : tensors) {
      lines.add(before);
      before += tensor.lines();
    }
    return lines;
  }

  /** Returns the layout of some of the tensors, which keep their {@link #lines}. */
  GradientLayout only(Predicate<Tensor> wanted) {
    List<Tensor> kept = new ArrayList<>();
    List<Long> keptLines = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      if (wanted.test(tensors.get(i))) {
        kept.add(tensors.get(i));
        keptLines.add(lines.get(i));
      }
    }
    return new GradientLayout(kept, keptLines, checkpoints);
  }

  /**
   * Returns how many rows and columns all linear layers before a tensor have, including those left
   * out: what a method draws for a layer does not depend on which others it takes.
   */
  public long lines(int tensor) {
    return lines.get(tensor);
  }

  /**
   * Checks that all tensors are weights of linear layers.
   *
   * @param method that takes no others
   * @throws IllegalArgumentException if one is not; names it
   */
  void requireLinear(String method) {
    for (Tensor tensor : tensors) {
      if (!tensor.linear()) {
        throw new IllegalArgumentException(
            "compression.method [%s] projects weights of linear layers and [%s] is not one: set parameters to [linear] or to names of such weights"
                .formatted(method, tensor.name()));
      }
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
