package org.rapidin.attribution.model.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** Looks for NaN and infinity in tensors, which would make every gradient useless. */
public final class FiniteNumbers {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  // All exponent bits set: infinity, or NaN.
  private static final int F32 = 0x7F80_0000;
  private static final int F16 = 0x7C00;
  private static final int BF16 = 0x7F80;

  private FiniteNumbers() {}

  /**
   * Reads all floating-point tensors of the files once.
   *
   * @param passedOver ends of the names of tensors that are not used
   * @throws IllegalArgumentException if a number is not finite; names file, tensor and position
   * @throws ModelFileChangedException if a file changes meanwhile
   */
  public static void require(TensorSource files, List<String> passedOver) {
    for (String name : files.names()) {
      if (passedOver.stream().anyMatch(name::endsWith)) {
        continue;
      }
      TensorType type = files.info(name).type();
      long at = files.read(name, bytes -> first(type, bytes));
      if (at >= 0) {
        throw new IllegalArgumentException(
            "%s: tensor [%s] holds NaN or infinity, first at element %s of %s: every gradient would be useless; train or export the weights again"
                .formatted(files.file(name), name, at, files.info(name).elements()));
      }
      files.unload(name);
    }
  }

  private static long first(TensorType type, MemorySegment bytes) {
    return switch (type) {
      case F32 -> firstInt(bytes);
      case F16 -> firstShort(bytes, F16);
      case BF16 -> firstShort(bytes, BF16);
      default -> -1;
    };
  }

  private static long firstInt(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += Integer.BYTES) {
      if ((bytes.get(INT, at) & F32) == F32) {
        return at / Integer.BYTES;
      }
    }
    return -1;
  }

  private static long firstShort(MemorySegment bytes, int exponent) {
    for (long at = 0; at < bytes.byteSize(); at += Short.BYTES) {
      if ((bytes.get(SHORT, at) & exponent) == exponent) {
        return at / Short.BYTES;
      }
    }
    return -1;
  }
}
