package org.rapidin.attribution.model.decoder;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.model.file.TensorInfo;
import org.rapidin.attribution.model.file.TensorSource;

/** Checks a base model's weight files against the layout that config.json asks for. */
public final class WeightFiles {
  private static final int COMPARED_FLOATS = 1 << 16;

  private WeightFiles() {}

  /**
   * Checks names, shapes and types by the headers; only a stored copy of a tied head is read.
   *
   * @throws IllegalArgumentException if a tensor is missing, unknown, of another shape or type, or
   *     a tied head is stored with other numbers than the embedding; names it
   */
  public static void requireFits(ModelLayout layout, TensorSource files) {
    for (String name : files.names()) {
      boolean tiedCopy = layout.tiedHead() && name.equals(layout.head());
      if (!layout.contains(name) && !layout.isDerived(name) && !tiedCopy) {
        throw new IllegalArgumentException(
            "the model's files hold tensor [%s], which config.json does not account for"
                .formatted(name));
      }
    }
    layout
        .parameters()
        .forEach(parameter -> requireShape(files, parameter.name(), parameter.shape()));
    if (layout.tiedHead() && files.names().contains(layout.head())) {
      requireCopy(files, layout.embedding(), layout.head());
    }
  }

  /**
   * A model's files under the layout's names: those of a model that was stored without its head may
   * omit how all other names begin.
   *
   * @param files closed with the result
   */
  public static TensorSource named(ModelLayout layout, TensorSource files) {
    String prefix = layout.prefix();
    boolean omitted = files.names().stream().noneMatch(name -> name.startsWith(prefix));
    return omitted ? new PrefixedNames(files, prefix, layout.head()) : files;
  }

  /** Checks that a tensor is there, of this shape, and of a type that can be read. */
  static void requireShape(TensorSource files, String name, List<Long> shape) {
    if (!files.names().contains(name)) {
      throw new IllegalArgumentException("the model's files lack tensor [%s]".formatted(name));
    }
    TensorInfo info = files.info(name);
    List<Long> stored = Arrays.stream(info.shape()).boxed().toList();
    if (!stored.equals(shape)) {
      throw new IllegalArgumentException(
          "tensor [%s] has shape %s, the configuration asks for %s".formatted(name, stored, shape));
    }
    if (!info.type().isReadable()) {
      throw new IllegalArgumentException(
          "tensor [%s] has type %s; weights must be F32, F16 or BF16".formatted(name, info.type()));
    }
  }

  /** With a tied head the embedding is the head, so a stored head must hold the same numbers. */
  private static void requireCopy(TensorSource files, String embedding, String head) {
    requireShape(files, head, Arrays.stream(files.info(embedding).shape()).boxed().toList());
    if (!sameNumbers(files, embedding, head)) {
      throw new IllegalArgumentException(
          "config.json says that tie_word_embeddings is true, but the files hold a [%s] that differs from [%s]: set tie_word_embeddings to false to use the stored head, or remove the tensor to use the embedding as the head"
              .formatted(head, embedding));
    }
  }

  private static boolean sameNumbers(TensorSource files, String one, String other) {
    if (files.info(one).type() == files.info(other).type()) {
      return files.read(one, left -> files.read(other, left::mismatch)) < 0;
    }
    long size = files.info(one).elements();
    float[] left = new float[COMPARED_FLOATS];
    float[] right = new float[COMPARED_FLOATS];
    for (long from = 0; from < size; from += COMPARED_FLOATS) {
      int count = (int) Math.min(COMPARED_FLOATS, size - from);
      read(files, one, from, count, left);
      read(files, other, from, count, right);
      if (Arrays.mismatch(left, 0, count, right, 0, count) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static void read(TensorSource files, String name, long from, int count, float[] target) {
    MemorySegment segment = MemorySegment.ofArray(target).asSlice(0, count * (long) Float.BYTES);
    files.readFloats(name, from, segment);
  }
}
