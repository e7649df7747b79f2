package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** Named tensors in files. Reading is safe for several threads until {@link #close}. */
public interface TensorSource extends AutoCloseable {

  /** Names of all tensors, in the order of their bytes. */
  Set<String> names();

  /**
   * What the header says of a tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  TensorInfo info(String name);

  /**
   * Name of the file that holds a tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  String file(String name);

  /**
   * The bytes of a tensor as they are in the file, little-endian; valid until {@link #close}.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  MemorySegment bytes(String name);

  /**
   * Copies elements of a tensor, converted to float32 in native order.
   *
   * @param from index of the first element
   * @param target takes as many elements as it has room for (its bytes over 4)
   * @throws IllegalArgumentException if there is no such tensor, or its type is not F32, F16, BF16
   */
  default void readFloats(String name, long from, MemorySegment target) {
    FloatConversion.copy(info(name), bytes(name), from, target);
  }

  @Override
  void close() throws IOException;
}
