package org.rapidin.attribution.compression;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The numbers of a vector that belong to one layer of one checkpoint. Parts follow one another from
 * the vector's first number on; numbers after the last part are always 0.
 *
 * @param name of the layer's weight, with the number of the checkpoint if there are several
 * @param numbers at least 1
 */
public record VectorPart(String name, int numbers) {
  public VectorPart {
    Objects.requireNonNull(name, "name");
    if (numbers < 1) {
      throw new IllegalArgumentException(
          "part [%s] of a vector has %s numbers".formatted(name, numbers));
    }
  }

  /**
   * Names the blocks of each layer.
   *
   * @param blocks of the layers of a checkpoint, in the order of the layout
   */
  static List<VectorPart> of(GradientLayout layout, List<Block> blocks) {
    List<VectorPart> parts = new ArrayList<>();
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      String suffix = layout.checkpoints() == 1 ? "" : " of checkpoint " + checkpoint;
      for (int layer = 0; layer < blocks.size(); layer++) {
        parts.add(
            new VectorPart(
                layout.tensors().get(layer).name() + suffix, blocks.get(layer).numbers()));
      }
    }
    return List.copyOf(parts);
  }
}
