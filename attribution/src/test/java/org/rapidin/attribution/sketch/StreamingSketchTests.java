package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StreamingSketchTests {
  private static final int[] DIMENSIONS = {256, 4096, 1 << 20};

  /** The definition of the class Javadoc, one number at a time. */
  private static float[] plain(int dimension, long seed, float[] x, long position, float scale) {
    ChunkHash hash = ChunkHash.of(seed, dimension);
    float[] slots = new float[dimension + 63];
    for (int i = 0; i < x.length; i++) {
      long chunk = (position + i) / 64;
      int place = (int) ((position + i) % 64);
      boolean negated = (hash.signs(chunk) >>> place & 1) == 1;
      float value = x[i] * scale;
      slots[hash.slot(chunk) + place] += negated ? -value : value;
    }
    float[] sum = new float[dimension];
    System.arraycopy(slots, 0, sum, 0, dimension);
    for (int i = 0; i < 63; i++) {
      sum[i] += slots[dimension + i];
    }
    return sum;
  }

  @Test
  void everyKernelGivesTheBitsOfThePlainDefinition() {
    float[] x = TestVectors.gaussian(new SplittableRandom(1), 5000);
    for (int dimension : DIMENSIONS) {
      for (long position : new long[] {0, 1, 63, 64, 12_345, (1L << 40) + 17}) {
        float[] wanted = plain(dimension, 9, x, position, 0.3f);
        for (SketchKernel kernel : List.of(new ScalarSketchKernel(), SketchKernel.best())) {
          var sum = new StreamingSketch(dimension, 9, kernel).accumulator();
          sum.add(MemorySegment.ofArray(x), position, 0.3f);
          assertArrayEquals(wanted, sum.finish(), 0f);
        }
      }
    }
  }

  @Test
  void aPieceMayBeCutAnywhere() {
    SplittableRandom random = new SplittableRandom(2);
    float[] x = TestVectors.gaussian(random, 3000);
    StreamingSketch sketch = new StreamingSketch(512, 3);
    var whole = sketch.accumulator();
    whole.add(MemorySegment.ofArray(x), 777, 1);
    float[] wanted = whole.finish();
    for (int round = 0; round < 50; round++) {
      var cut = sketch.accumulator();
      for (int at = 0; at < x.length; ) {
        int length = Math.min(random.nextInt(300), x.length - at);
        cut.add(MemorySegment.ofArray(x).asSlice(at * 4L, length * 4L), 777 + at, 1);
        at += length;
      }
      assertArrayEquals(wanted, cut.finish(), 0f);
    }
  }

  @Test
  void piecesMayComeInAnyOrder() {
    float[] x = TestVectors.gaussian(new SplittableRandom(4), 3000);
    var sum = new StreamingSketch(512, 3).accumulator();
    MemorySegment piece = MemorySegment.ofArray(x);
    sum.add(piece.asSlice(4000), 1000, 1);
    sum.add(piece.asSlice(0, 4000), 0, 1);
    // 512 buckets of about 6 numbers: a handful of roundings of numbers below 10.
    assertArrayEquals(plain(512, 3, x, 0, 1), sum.finish(), 1e-5f);
  }

  @Test
  void isLinear() {
    SplittableRandom random = new SplittableRandom(5);
    float[] u = TestVectors.gaussian(random, 10_000);
    float[] v = TestVectors.gaussian(random, 10_000);
    StreamingSketch sketch = new StreamingSketch(1024, 6);
    var both = sketch.accumulator();
    both.add(MemorySegment.ofArray(u), 0, 2);
    both.add(MemorySegment.ofArray(v), 0, -3);
    float[] sum = both.finish();
    float[] su = plain(1024, 6, u, 0, 1);
    float[] sv = plain(1024, 6, v, 0, 1);
    for (int k = 0; k < sum.length; k++) {
      assertEquals(2 * su[k] - 3 * sv[k], sum[k], 1e-4);
    }
  }

  @Test
  void finishEmptiesTheSum() {
    var sum = new StreamingSketch(256, 1).accumulator();
    sum.add(MemorySegment.ofArray(new float[] {1, 2, 3}), 250, 1);
    sum.finish();
    assertArrayEquals(new float[256], sum.finish());
  }

  @Test
  void readsMemoryAtAnyAddress() {
    float[] x = TestVectors.gaussian(new SplittableRandom(7), 1000);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shifted = arena.allocate(4001).asSlice(1);
      MemorySegment.copy(MemorySegment.ofArray(x), 0, shifted, 0, 4000);
      var sum = new StreamingSketch(256, 8).accumulator();
      sum.add(shifted, 5, 1);
      assertArrayEquals(plain(256, 8, x, 5, 1), sum.finish(), 0f);
    }
  }

  @Test
  void refusesWhatIsNoSketch() {
    for (int dimension : new int[] {0, 128, 1000, 1 << 21}) {
      assertThrows(IllegalArgumentException.class, () -> new StreamingSketch(dimension, 1));
    }
    var sum = new StreamingSketch(256, 1).accumulator();
    MemorySegment odd = MemorySegment.ofArray(new byte[7]);
    assertThrows(IllegalArgumentException.class, () -> sum.add(odd, 0, 1));
    MemorySegment piece = MemorySegment.ofArray(new float[1]);
    assertThrows(IllegalArgumentException.class, () -> sum.add(piece, -1, 1));
  }
}
