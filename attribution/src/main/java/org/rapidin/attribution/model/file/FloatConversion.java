package org.rapidin.attribution.model.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Stored numbers to float32, in Java: torch's own BF16 conversion aborts the process when reached
 * through DJL.
 */
final class FloatConversion {
  private static final ValueLayout.OfFloat STORED_FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort STORED_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private FloatConversion() {}

  static void copy(TensorInfo info, MemorySegment stored, long from, MemorySegment target) {
    long count = target.byteSize() / Float.BYTES;
    if (from < 0 || from > info.elements() - count) {
      throw new IndexOutOfBoundsException(
          "%s elements from %s of tensor [%s] %s"
              .formatted(count, from, info.name(), info.elements()));
    }
    switch (info.type()) {
      case F32 ->
          MemorySegment.copy(
              stored,
              STORED_FLOAT,
              from * Float.BYTES,
              target,
              ValueLayout.JAVA_FLOAT_UNALIGNED,
              0,
              count);
      case F16 -> {
        for (long i = 0; i < count; i++) {
          short bits = stored.get(STORED_SHORT, (from + i) * Short.BYTES);
          put(target, i, Float.float16ToFloat(bits));
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          short bits = stored.get(STORED_SHORT, (from + i) * Short.BYTES);
          put(target, i, Float.intBitsToFloat(bits << 16));
        }
      }
      default ->
          throw new IllegalArgumentException(
              "tensor [%s] has type %s; weights must be F32, F16 or BF16"
                  .formatted(info.name(), info.type()));
    }
  }

  private static void put(MemorySegment target, long index, float value) {
    target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, value);
  }
}
