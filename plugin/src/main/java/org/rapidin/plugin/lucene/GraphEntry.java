package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/**
 * Where the graph over the codes of one field is in .rgg; see {@link GradientVectorsFormat}.
 *
 * @param connections M: a row has at most 2M neighbours on level 0 and M on others
 * @param entry the row on the highest level from which searches start
 * @param offset of level 0
 * @param upperLevels how many rows are on levels 1, 2, …
 */
record GraphEntry(int connections, int entry, long offset, int[] upperLevels) {
  private static final int MAX_LEVELS = 32;
  private static final int MAX_CONNECTIONS = 512;

  void write(IndexOutput meta) throws IOException {
    meta.writeVInt(connections);
    meta.writeVInt(entry);
    meta.writeVLong(offset);
    meta.writeVInt(upperLevels.length);
    for (int rows : upperLevels) {
      meta.writeVInt(rows);
    }
  }

  /** Returns null if what is read cannot be one. */
  static GraphEntry read(IndexInput meta, int count) throws IOException {
    int connections = meta.readVInt();
    int entry = meta.readVInt();
    long offset = meta.readVLong();
    int levels = meta.readVInt();
    if (connections < 1
        || connections > MAX_CONNECTIONS
        || entry < 0
        || entry >= count
        || offset % GradientVectorsFormat.FLOATS_ALIGNMENT != 0
        || levels < 0
        || levels > MAX_LEVELS) {
      return null;
    }
    int[] upperLevels = new int[levels];
    int below = count;
    for (int level = 0; level < levels; level++) {
      upperLevels[level] = meta.readVInt();
      if (upperLevels[level] < 1 || upperLevels[level] > below) {
        return null;
      }
      below = upperLevels[level];
    }
    return new GraphEntry(connections, entry, offset, upperLevels);
  }

  /** How many neighbours a row has at most. */
  int neighbours(int level) {
    return level == 0 ? 2 * connections : connections;
  }

  /** Bytes of a row's neighbours. */
  long stride(int level) {
    return (long) Integer.BYTES * (1 + neighbours(level));
  }

  int levels() {
    return 1 + upperLevels.length;
  }

  /** Bytes from the offset to the rows of a level, or to the end. */
  long start(int level, int count) {
    long bytes = 0;
    for (int below = 0; below < level; below++) {
      bytes +=
          below == 0 ? count * stride(0) : upperLevels[below - 1] * (Integer.BYTES + stride(below));
    }
    return bytes;
  }

  /** All bytes. */
  long length(int count) {
    return start(levels(), count);
  }
}
