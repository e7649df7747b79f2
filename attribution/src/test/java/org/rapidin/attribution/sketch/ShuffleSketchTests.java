package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShuffleSketchTests {

  @Test
  void everyBucketSumsOneGroupOfTheVectorsNumbers() {
    GradientSketch.Accumulator sketch = new ShuffleSketch(1024, 256, 3).accumulator();
    int[] hits = new int[256];
    for (int i = 0; i < 1024; i++) {
      sketch.add(MemorySegment.ofArray(new float[] {2}), i, 1);
      float[] sum = sketch.finish();
      int[] hit = IntStream.range(0, 256).filter(k -> sum[k] != 0).toArray();
      assertEquals(1, hit.length);
      assertEquals(2, Math.abs(sum[hit[0]]));
      hits[hit[0]]++;
    }
    assertEquals(4, Arrays.stream(hits).min().orElseThrow());
    assertEquals(4, Arrays.stream(hits).max().orElseThrow());
  }

  @Test
  void piecesAddUpAndFinishEmpties() {
    float[] x = TestVectors.gaussian(new SplittableRandom(1), 1000);
    GradientSketch.Accumulator sketch = new ShuffleSketch(1000, 256, 3).accumulator();
    sketch.add(MemorySegment.ofArray(x), 0, 1);
    float[] whole = sketch.finish();
    sketch.add(MemorySegment.ofArray(x).asSlice(1200), 300, 1);
    sketch.add(MemorySegment.ofArray(x).asSlice(0, 1200), 0, 1);
    assertArrayEquals(whole, sketch.finish());
    assertArrayEquals(new float[256], sketch.finish());
  }

  @Test
  void refusesWhatLiesBeyondItsLength() {
    GradientSketch.Accumulator sketch = new ShuffleSketch(1000, 256, 3).accumulator();
    MemorySegment piece = MemorySegment.ofArray(new float[2]);
    assertThrows(IllegalArgumentException.class, () -> sketch.add(piece, 999, 1));
    assertThrows(IllegalArgumentException.class, () -> new ShuffleSketch(0, 256, 3));
    assertThrows(IllegalArgumentException.class, () -> new ShuffleSketch(1000, 100, 3));
  }
}
