package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.Function;

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
   * Reads the bytes of a tensor as they are in the file, little-endian.
   *
   * @param reader may use the bytes until it returns; its value counts only if this returns it
   * @throws IllegalArgumentException if there is none of that name
   * @throws ModelFileChangedException if the file has changed since it was opened
   */
  <T> T read(String name, Function<MemorySegment, T> reader);

  /** Whether no file has changed since it was opened; asks the file system. */
  boolean isCurrent();

  /** Lets go of a tensor's pages, which would count as this process's memory. */
  default void unload(String name) {
    read(
        name,
        bytes -> {
          if (bytes.byteSize() > 0) {
            bytes.unload();
          }
          return null;
        });
  }

  /**
   * Copies elements of a tensor, converted to float32 in native order.
   *
   * @param from index of the first element
   * @param target takes as many elements as it has room for (its bytes over 4)
   * @throws IllegalArgumentException if there is no such tensor, or its type is not F32, F16, BF16
   * @throws ModelFileChangedException as {@link #read}
   */
  default void readFloats(String name, long from, MemorySegment target) {
    read(
        name,
        bytes -> {
          FloatConversion.copy(info(name), bytes, from, target);
          return null;
        });
  }

  @Override
  void close() throws IOException;
}
