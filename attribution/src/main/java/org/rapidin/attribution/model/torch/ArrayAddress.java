package org.rapidin.attribution.model.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;

/**
 * Where libtorch has the numbers of an array. DJL's native function wraps that address in a direct
 * buffer on every device, but its public methods copy arrays of a device to main memory first, so
 * the function is called by reflection.
 */
final class ArrayAddress {
  private static final String LIBRARY = JniUtils.class.getPackageName() + ".PyTorchLibrary";

  private ArrayAddress() {}

  private static final class Native {
    private static final Object INSTANCE;
    private static final Method BUFFER;

    static {
      try {
        Class<?> library = Class.forName(LIBRARY);
        Field instance = library.getDeclaredField("LIB");
        instance.setAccessible(true);
        INSTANCE = instance.get(null);
        BUFFER = library.getDeclaredMethod("torchDirectByteBuffer", long.class);
        BUFFER.setAccessible(true);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("this version of DJL has no %s".formatted(LIBRARY), e);
      }
    }
  }

  static long of(PtNDArray array) {
    try {
      ByteBuffer buffer = (ByteBuffer) Native.BUFFER.invoke(Native.INSTANCE, array.getHandle());
      return MemorySegment.ofBuffer(buffer).address(); // of the whole, not of a copy
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DJL does not say where an array is", e);
    }
  }
}
