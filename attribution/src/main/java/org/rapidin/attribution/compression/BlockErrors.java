package org.rapidin.attribution.compression;

import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.error.OfProjections;
import org.rapidin.attribution.error.ProjectedLayer;

/** The error of vectors that are blocks of two-sided projections. */
final class BlockErrors {
  /**
   * The estimate is made for Gaussian numbers. Random signs have less variance, and the difference
   * is larger the fewer numbers are added up.
   */
  private static final long NARROW = 64;

  private BlockErrors() {}

  /**
   * Returns the error of blocks that lie one after the other, those of a checkpoint after those of
   * the one before.
   *
   * @param blocks of the layout's tensors
   * @param wholeSides whether a side of which all numbers are kept is multiplied with random signs
   */
  static CompressionError of(GradientLayout layout, List<Block> blocks, boolean wholeSides) {
    List<ProjectedLayer> layers = new ArrayList<>();
    boolean atMost = false;
    int at = 0;
    for (int tensor = 0; tensor < blocks.size(); tensor++) {
      Block block = blocks.get(tensor);
      List<Long> shape = layout.tensors().get(tensor).shape();
      boolean outputs = isProjected(block.outputs(), shape.get(0), wholeSides);
      boolean inputs = isProjected(block.inputs(), shape.get(1), wholeSides);
      if (outputs && block.outputs() == 1 || inputs && block.inputs() == 1) {
        return new CompressionError.Unknown(
            "a side of [%s] is projected to a single number, from which the error cannot be estimated"
                .formatted(layout.tensors().get(tensor).name()));
      }
      layers.add(new ProjectedLayer(at, block.outputs(), block.inputs(), outputs, inputs));
      atMost |= outputs && shape.get(0) <= NARROW || inputs && shape.get(1) <= NARROW;
      at += block.numbers();
    }
    return new OfProjections(layers, layout.checkpoints(), at, atMost);
  }

  /** A single number that is multiplied with a sign is exact: both vectors have the sign. */
  private static boolean isProjected(int kept, long numbers, boolean wholeSides) {
    return numbers > 1 && (wholeSides || kept < numbers);
  }
}
