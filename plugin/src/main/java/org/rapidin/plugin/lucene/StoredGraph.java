package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.hnsw.HnswGraph;

/**
 * A graph where it is stored. For one thread: it stands at one row.
 *
 * <p>A damaged file that was opened throws {@link CorruptIndexException} rather than leading a
 * search to a row that there is not.
 */
final class StoredGraph extends HnswGraph {
  private final GraphEntry entry;
  private final int count;
  private final IndexInput input;
  private final int[] neighbours;
  private int size;
  private int next;

  /**
   * @param count rows on level 0
   * @param file .rgg
   */
  StoredGraph(GraphEntry entry, int count, IndexInput file) throws IOException {
    this.entry = entry;
    this.count = count;
    this.input = file.slice("graph", entry.offset(), entry.length(count));
    this.neighbours = new int[entry.neighbours(0)];
  }

  @Override
  public void seek(int level, int target) throws IOException {
    long rows = entry.start(level, count);
    long at =
        level == 0
            ? target * entry.stride(0)
            : rows
                + (long) Integer.BYTES * entry.upperLevels()[level - 1]
                + indexOf(level, target) * entry.stride(level);
    input.seek(at);
    size = input.readInt();
    if (size < 0 || size > entry.neighbours(level)) {
      throw new CorruptIndexException(
          "row %s of level %s has %s neighbours".formatted(target, level, size), input);
    }
    input.readInts(neighbours, 0, size);
    next = 0;
  }

  /** Finds a row among those of an upper level, which are ascending. */
  private long indexOf(int level, int target) throws IOException {
    long rows = entry.start(level, count);
    int from = 0;
    int to = entry.upperLevels()[level - 1];
    while (from < to) {
      int middle = (from + to) >>> 1;
      input.seek(rows + (long) Integer.BYTES * middle);
      int row = input.readInt();
      if (row == target) {
        return middle;
      }
      if (row < target) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    throw new CorruptIndexException("row %s is not on level %s".formatted(target, level), input);
  }

  @Override
  public int nextNeighbor() throws IOException {
    if (next == size) {
      return DocIdSetIterator.NO_MORE_DOCS;
    }
    int row = neighbours[next++];
    if (row < 0 || row >= count) {
      throw new CorruptIndexException("there is no row %s".formatted(row), input);
    }
    return row;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public int numLevels() {
    return entry.levels();
  }

  @Override
  public int maxConn() {
    return entry.connections();
  }

  @Override
  public int entryNode() {
    return entry.entry();
  }

  @Override
  public int neighborCount() {
    return size;
  }

  @Override
  public NodesIterator getNodesOnLevel(int level) throws IOException {
    if (level == 0) {
      return new DenseNodesIterator(count);
    }
    int[] rows = new int[entry.upperLevels()[level - 1]];
    input.seek(entry.start(level, count));
    input.readInts(rows, 0, rows.length);
    return new ArrayNodesIterator(rows);
  }
}
