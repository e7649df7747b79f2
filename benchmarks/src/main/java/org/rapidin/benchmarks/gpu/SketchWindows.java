package org.rapidin.benchmarks.gpu;

import org.rapidin.attribution.sketch.ChunkHash;

/**
 * Which chunks of a piece reach into which window of consecutive slots.
 *
 * @param entries for each window its chunks, ascending, counted from the chunk of the piece's first
 *     number
 * @param starts where each window's entries begin, and where the last ones end
 */
record SketchWindows(int[] entries, int[] starts) {
  static SketchWindows of(
      ChunkHash hash, int dimension, long position, int length, int windowSlots) {
    long first = position / ChunkHash.CHUNK;
    int chunks = (int) ((position + length - 1) / ChunkHash.CHUNK - first + 1);
    int windows = Math.ceilDiv(dimension + ChunkHash.CHUNK - 1, windowSlots);
    int[] starts = new int[windows + 1];
    for (int chunk = 0; chunk < chunks; chunk++) {
      int slot = hash.slot(first + chunk);
      for (int window = slot / windowSlots; window <= last(slot, windowSlots); window++) {
        starts[window + 1]++;
      }
    }
    for (int window = 0; window < windows; window++) {
      starts[window + 1] += starts[window];
    }
    int[] entries = new int[starts[windows]];
    int[] next = starts.clone();
    for (int chunk = 0; chunk < chunks; chunk++) {
      int slot = hash.slot(first + chunk);
      for (int window = slot / windowSlots; window <= last(slot, windowSlots); window++) {
        entries[next[window]++] = chunk;
      }
    }
    return new SketchWindows(entries, starts);
  }

  private static int last(int slot, int windowSlots) {
    return (slot + ChunkHash.CHUNK - 1) / windowSlots;
  }

  int count() {
    return starts.length - 1;
  }
}
