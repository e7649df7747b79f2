package org.rapidin.attribution.compression;

import java.util.ArrayList;
import java.util.List;

/** Where the blocks of modules lie in a vector. */
final class BlockParts {
  private BlockParts() {}

  /**
   * Returns the parts of all checkpoints: blocks one after the other, those of a checkpoint after
   * those of the one before.
   *
   * @param blocks of the layout's tensors
   */
  static List<ModulePart> of(GradientLayout layout, List<Block> blocks) {
    List<ModulePart> parts = new ArrayList<>();
    int at = 0;
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      for (int tensor = 0; tensor < blocks.size(); tensor++) {
        int end = at + blocks.get(tensor).numbers();
        parts.add(new ModulePart(layout.tensors().get(tensor).module(), at, end));
        at = end;
      }
    }
    return parts;
  }
}
