package org.rapidin.attribution.model.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Queries may be taken in blocks of any size. */
class GroupedAttentionTests {
  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final int WIDTH = 6;
  private static final RotaryPositions ROTARY =
      new RotaryPositions(WIDTH, 30, new RopeScaling.None());

  @ParameterizedTest
  @CsvSource({"11,3", "11,4", "11,1", "12,4", "12,5", "2,1"})
  void blocksChangeNeitherOutputNorGradients(int length, int block) {
    for (int window : new int[] {1, 2, 5, 11, PassContext.UNBOUNDED}) {
      float[][] whole = run(length, window, 256);
      float[][] blocks = run(length, window, block);
      for (int i = 0; i < whole.length; i++) {
        assertArrayEquals(whole[i], blocks[i], 2e-6f, "window " + window + ", array " + i);
      }
    }
  }

  /** Output and the gradients at q, k and v of a weighted sum of it. */
  private static float[][] run(int length, int window, int block) {
    try (NDManager manager = TestRuntime.get().newManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray q = random(manager, length, HEADS, 1);
      NDArray k = random(manager, length, KEY_HEADS, 2);
      NDArray v = random(manager, length, KEY_HEADS, 3);
      NDArray scale = TorchMemory.scalar(manager, 0.4);
      PassContext context = new PassContext(manager, new int[] {length}, block);
      JniUtils.setGradMode(true);
      try {
        NDArray output =
            new GroupedAttention(HEADS, KEY_HEADS, WIDTH, scale, window, ROTARY, null)
                .apply(q, k, v, context);
        NDArray seed = random(manager, length, HEADS, 4);
        JniUtils.backward((PtNDArray) output, (PtNDArray) seed, false, false);
        return new float[][] {
          output.toFloatArray(), gradient(q), gradient(k), gradient(v),
        };
      } finally {
        JniUtils.setGradMode(false);
      }
    }
  }

  private static float[] gradient(NDArray leaf) {
    return leaf.getGradient().toFloatArray();
  }

  private static NDArray random(NDManager manager, int length, int heads, long seed) {
    Random random = new Random(seed);
    float[] values = new float[2 * length * heads * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    NDArray array = TorchMemory.floats(manager, new Shape(2, length, (long) heads * WIDTH), values);
    array.setRequiresGradient(true);
    return array;
  }

  @Test
  void masksOfALongPassTakeTheLengthAndNotItsSquare() {
    try (NDManager manager = TestRuntime.get().newManager()) {
      PassContext context = new PassContext(manager, 4096);
      context.angles(ROTARY);
      int before = manager.getManagedArrays().size();
      long bytes = 0;
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        for (int from = 0; from < 4096; from += context.block()) {
          NDArray mask = context.mask(from, from + context.block(), PassContext.UNBOUNDED);
          assertEquals(new Shape(context.block(), from + context.block()), mask.getShape());
          assertEquals(DataType.FLOAT32, mask.getDataType());
        }
      }
      for (NDArray array : manager.getManagedArrays()) {
        bytes += array.size() * Float.BYTES;
      }
      assertEquals(before + 1, manager.getManagedArrays().size(), "one band serves all blocks");
      assertEquals(256L * 4096 * Float.BYTES + 2L * 4096 * WIDTH * Float.BYTES, bytes);
    }
  }
}
