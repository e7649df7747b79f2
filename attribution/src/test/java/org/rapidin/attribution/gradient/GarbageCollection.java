package org.rapidin.attribution.gradient;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Frees what nothing holds and writes over it, so that a read of freed memory shows. */
final class GarbageCollection {
  private GarbageCollection() {}

  static List<ByteBuffer> force() throws InterruptedException {
    System.gc();
    Thread.sleep(20); // the cleaner frees direct buffers on its own thread
    List<ByteBuffer> rubbish = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      for (int bytes : new int[] {4, 32, 256}) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
          buffer.putFloat(-777);
        }
        rubbish.add(buffer);
      }
    }
    return rubbish;
  }

  /** Collects garbage, and says that nothing is cancelled: a pass asks between its layers. */
  static boolean never() {
    try {
      force();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return false;
  }
}
