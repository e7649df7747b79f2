package org.rapidin.gpu;

import java.util.function.LongToIntFunction;

/**
 * Which chunks of a piece of a gradient reach into which window of consecutive slots. A kernel
 * gives each window to one warp, which adds the chunks in this order: the order of positions.
 *
 * @param entries for each window its chunks, ascending, counted from the chunk of the piece's first
 *     number
 * @param starts where each window's entries begin, and where the last ones end
 */
public record SketchPlan(int[] entries, int[] starts) {
  /** Positions that one hash places. */
  static final int CHUNK = 64;

  /**
   * Plans a piece.
   *
   * @param slot the first slot of a chunk, from 0 to K − 1
   * @param dimension K
   * @param position of the piece's first number in the gradient
   * @param length at least 1
   * @param windowSlots slots of a window, at least {@link #CHUNK}
   */
  public static SketchPlan of(
      LongToIntFunction slot, int dimension, long position, int length, int windowSlots) {
    long first = position / CHUNK;
    int[] slots = new int[(int) ((position + length - 1) / CHUNK - first) + 1];
    int[] starts = new int[windows(dimension, windowSlots) + 1];
    for (int chunk = 0; chunk < slots.length; chunk++) {
      slots[chunk] = slot.applyAsInt(first + chunk);
      starts[slots[chunk] / windowSlots + 1]++;
      if (spans(slots[chunk], windowSlots)) {
        starts[slots[chunk] / windowSlots + 2]++;
      }
    }
    for (int window = 1; window < starts.length; window++) {
      starts[window] += starts[window - 1];
    }
    return new SketchPlan(entries(slots, starts, windowSlots), starts);
  }

  /** Returns how many windows the slots of a sketch have. */
  static int windows(int dimension, int windowSlots) {
    return Math.ceilDiv(dimension + CHUNK - 1, windowSlots);
  }

  private static int[] entries(int[] slots, int[] starts, int windowSlots) {
    int[] entries = new int[starts[starts.length - 1]];
    int[] next = starts.clone();
    for (int chunk = 0; chunk < slots.length; chunk++) {
      int window = slots[chunk] / windowSlots;
      entries[next[window]++] = chunk;
      if (spans(slots[chunk], windowSlots)) {
        entries[next[window + 1]++] = chunk;
      }
    }
    return entries;
  }

  /** Returns whether a chunk reaches into the window after its first. */
  private static boolean spans(int slot, int windowSlots) {
    return slot % windowSlots > windowSlots - CHUNK;
  }

  /** Returns how many windows there are. */
  public int windows() {
    return starts.length - 1;
  }
}
