package org.rapidin.attribution.compression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

/** How a vector's numbers are split over layers. */
class EqualSharesTests {

  private static List<Tensor> layers(long... sizes) {
    List<Tensor> layers = new ArrayList<>();
    for (int i = 0; i < sizes.length; i += 2) {
      layers.add(new Tensor("layer" + i, List.of(sizes[i], sizes[i + 1]), true));
    }
    return layers;
  }

  @Test
  void layersThatAreLargeEnoughHaveEqualSquares() {
    assertEquals(
        List.of(new Block(32, 32), new Block(32, 32)),
        EqualShares.of(2048, layers(100, 50, 40, 70)));
  }

  @Test
  void aShortSideIsWholeAndTheOtherLongerForIt() {
    assertEquals(List.of(new Block(4, 25)), EqualShares.of(100, layers(4, 1000)));
    assertEquals(List.of(new Block(25, 4)), EqualShares.of(100, layers(1000, 4)));
    assertEquals(List.of(new Block(10, 10)), EqualShares.of(100, layers(10, 1000)));
  }

  /** The first share is 50, and 44 of it go to the others. */
  @Test
  void aSmallLayerIsWholeAndLeavesTheRestToOthers() {
    assertEquals(
        List.of(new Block(9, 8), new Block(2, 3), new Block(9, 8)),
        EqualShares.of(150, layers(90, 80, 2, 3, 80, 90)));
  }

  @Test
  void oneNumberALayerIsEnough() {
    assertEquals(List.of(new Block(1, 1), new Block(1, 1)), EqualShares.of(2, layers(5, 6, 7, 8)));
  }

  @Test
  void blocksFitTheirLayersAndUseNearlyAllNumbers() {
    SplittableRandom random = new SplittableRandom(9);
    for (int round = 0; round < 500; round++) {
      long[] sizes = random.longs(2L * (1 + random.nextInt(12)), 1, 60).toArray();
      List<Tensor> layers = layers(sizes);
      long all = layers.stream().mapToLong(Tensor::size).sum();
      long numbers = random.nextLong(layers.size(), all + 1);
      List<Block> blocks = EqualShares.of(numbers, layers);
      for (int i = 0; i < blocks.size(); i++) {
        assertTrue(blocks.get(i).outputs() <= sizes[2 * i], blocks::toString);
        assertTrue(blocks.get(i).inputs() <= sizes[2 * i + 1], blocks::toString);
      }
      long unused = numbers - blocks.stream().mapToLong(Block::numbers).sum();
      assertTrue(unused >= 0 && unused * unused <= numbers, () -> unused + " of " + numbers);
      List<Block> whole = EqualShares.of(all, layers);
      assertEquals(all, whole.stream().mapToLong(Block::numbers).sum());
    }
  }
}
