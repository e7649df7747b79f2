package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.hnsw.HnswGraph.NodesIterator;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.apache.lucene.util.hnsw.NeighborArray;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.rapidin.scorer.bits.SegmentCodes;

/** Builds graphs over codes, on the heap, and writes them. */
final class GraphOutput {
  /** M: Lucene's default. */
  static final int CONNECTIONS = 16;

  private static final int BEAM_WIDTH = 100;
  private static final long SEED = 42;

  /** Bytes of a row on the heap while a graph is built, at most. */
  static final long HEAP_BYTES = 512;

  /** All graphs that are being built in this JVM take at most this part of the heap. */
  private static final int HEAP_SHARE = 16;

  private static final AtomicLong RESERVED = new AtomicLong();

  private GraphOutput() {}

  /**
   * Reserves heap for building a graph.
   *
   * @return gives it back, once; empty if it would not fit next to the graphs that are being built
   */
  static Optional<Closeable> reserve(long rows) {
    long bytes = rows * HEAP_BYTES;
    if (RESERVED.addAndGet(bytes) > Runtime.getRuntime().maxMemory() / HEAP_SHARE) {
      RESERVED.addAndGet(-bytes);
      return Optional.empty();
    }
    return Optional.of(() -> RESERVED.addAndGet(-bytes));
  }

  /**
   * Builds a graph with Lucene's builder.
   *
   * @param check runs for each row, and throws to stop
   */
  static OnHeapHnswGraph build(SegmentCodes codes, Check check) throws IOException {
    HnswGraphBuilder builder =
        HnswGraphBuilder.create(
            new CodeScorers(codes), CONNECTIONS, BEAM_WIDTH, SEED, codes.rows());
    for (int row = 0; row < codes.rows(); row++) {
      check.run();
      builder.addGraphNode(row);
    }
    return builder.getCompletedGraph();
  }

  /** Stops the building. */
  @FunctionalInterface
  interface Check {
    /** Throws to stop. */
    void run() throws IOException;
  }

  /** Writes a graph. */
  static GraphEntry write(OnHeapHnswGraph graph, IndexOutput output) throws IOException {
    long offset = output.alignFilePointer(GradientVectorsFormat.FLOATS_ALIGNMENT);
    int[] upperLevels = new int[graph.numLevels() - 1];
    int[] buffer = new int[2 * CONNECTIONS];
    for (int row = 0; row < graph.size(); row++) {
      writeNeighbours(graph.getNeighbors(0, row), buffer, 2 * CONNECTIONS, output);
    }
    for (int level = 1; level < graph.numLevels(); level++) {
      NodesIterator rows = graph.getSortedNodes(level);
      int[] ordinals = new int[rows.size()];
      rows.consume(ordinals);
      upperLevels[level - 1] = ordinals.length;
      for (int row : ordinals) {
        output.writeInt(row);
      }
      for (int row : ordinals) {
        writeNeighbours(graph.getNeighbors(level, row), buffer, CONNECTIONS, output);
      }
    }
    return new GraphEntry(CONNECTIONS, graph.entryNode(), offset, upperLevels);
  }

  private static void writeNeighbours(
      NeighborArray neighbours, int[] buffer, int room, IndexOutput output) throws IOException {
    int size = neighbours.size();
    System.arraycopy(neighbours.nodes(), 0, buffer, 0, size);
    // Ascending, so that their codes are read in the order of the file.
    Arrays.sort(buffer, 0, size);
    Arrays.fill(buffer, size, room, 0);
    output.writeInt(size);
    for (int i = 0; i < room; i++) {
      output.writeInt(buffer[i]);
    }
  }
}
