package org.rapidin.attribution.compression;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

/** Splits the numbers of a vector over linear layers, as equally as the layers' sizes allow. */
final class EqualShares {

  private EqualShares() {}

  /**
   * Splits numbers. From the smallest layer to the largest, each gets an equal share of what is
   * left, and takes k_o·k_i of it: sides near the root of the share; a side that is shorter is
   * taken whole, and the other is longer for it. So a layer with fewer numbers than its share is
   * whole, and what rounding leaves goes to the next.
   *
   * @param numbers at least 1 a layer, at most all that they have; the blocks have as many but for
   *     what the last one's rounding leaves
   * @param layers shapes [n_o, n_i]
   * @return a block for each layer, in the order of the layers
   */
  static List<Block> of(long numbers, List<Tensor> layers) {
    List<Integer> bySize =
        IntStream.range(0, layers.size())
            .boxed()
            .sorted(Comparator.comparingLong(layer -> layers.get(layer).size()))
            .toList();
    Block[] blocks = new Block[layers.size()];
    long left = numbers;
    for (int done = 0; done < blocks.length; done++) {
      List<Long> shape = layers.get(bySize.get(done)).shape();
      Block block = block(left / (blocks.length - done), shape.get(0), shape.get(1));
      blocks[bySize.get(done)] = block;
      left -= block.numbers();
    }
    return List.of(blocks);
  }

  private static Block block(long share, long outputs, long inputs) {
    long root = (long) Math.sqrt(share);
    if (outputs <= Math.min(root, inputs)) {
      return new Block((int) outputs, (int) Math.min(inputs, share / outputs));
    }
    long columns = Math.min(root, inputs);
    return new Block((int) Math.min(outputs, share / columns), (int) columns);
  }
}
