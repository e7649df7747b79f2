package org.rapidin.benchmarks.compare;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.candidates.StoredRows;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.scan.MappedRows;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.SegmentRows;

/**
 * Half-precision rows of K = 65,536 in a mapped file, as of one large segment, and queries. All
 * jobs use its first rows.
 */
final class RowsFile {
  static final int DIMENSION = 65_536;

  /** Rows after which the same ones come again. */
  static final int DISTINCT = 256;

  private static final int QUERIES = 16;
  private static final long SPARE_BYTES = 4L << 30;

  private final Path file;
  private final Arena arena;
  private final RowMatrix matrix;
  private final List<float[]> queries;
  private final List<String> remarks;

  private RowsFile(Path file, Arena arena, RowMatrix matrix, List<String> remarks) {
    this.remarks = remarks;
    this.file = file;
    this.arena = arena;
    this.matrix = matrix;
    this.queries =
        IntStream.rangeClosed(1, QUERIES)
            .mapToObj(i -> MappedRows.gaussian(DIMENSION, -i))
            .toList();
  }

  /**
   * Writes the rows.
   *
   * @param sizes numbers of rows, ascending: the largest that the disk has room for is written
   */
  static RowsFile create(Path directory, int[] sizes, Arena arena) throws IOException {
    List<String> remarks = new ArrayList<>();
    long free = Files.getFileStore(directory).getUsableSpace() - SPARE_BYTES;
    int largest = sizes[sizes.length - 1];
    int rows = Arrays.stream(sizes).filter(n -> 2L * DIMENSION * n <= free).max().orElse(sizes[0]);
    if (rows < largest) {
      remarks.add(
          "%,d rows do not fit onto the disk: the largest segment has %,d."
              .formatted(largest, rows));
    }
    Path file = directory.resolve("rows");
    RowMatrix matrix = MappedRows.create(file, rows, DIMENSION, arena);
    long bytes = matrix.values().byteSize();
    long memory = Host.availableBytes();
    if (bytes > memory) {
      remarks.add(
          "The file of %,d rows has %.1f GB, and %.1f GB of main memory are free: a scan of all of it reads the disk."
              .formatted(rows, bytes / 1e9, memory / 1e9));
    }
    return new RowsFile(file, arena, matrix, remarks);
  }

  /** What is to be said of its largest sizes. */
  List<String> remarks() {
    return remarks;
  }

  /** n. */
  int rows() {
    return matrix.rows();
  }

  Path file() {
    return file;
  }

  /** Where the scales are in the file. */
  long scalesOffset() {
    return matrix.values().byteSize();
  }

  List<float[]> queries(int count) {
    return queries.subList(0, count);
  }

  /** Returns the first rows, or null if there are fewer. */
  RowMatrix first(int rows) {
    return rows > matrix.rows()
        ? null
        : new RowMatrix(
            matrix.values().asSlice(0, 2L * DIMENSION * rows),
            matrix.scales().asSlice(0, 4L * rows),
            ElementType.FLOAT16,
            rows,
            DIMENSION);
  }

  /** Returns the same bytes as rows of int8, all with the scale 1. */
  RowMatrix firstBytes(int rows) {
    float[] ones = new float[rows];
    Arrays.fill(ones, 1);
    return new RowMatrix(
        matrix.values().asSlice(0, (long) DIMENSION * rows),
        arena.allocateFrom(ValueLayout.JAVA_FLOAT, ones),
        ElementType.INT8,
        rows,
        DIMENSION);
  }

  /** Writes numbers for peers. */
  static Path write(Path file, List<float[]> vectors) throws IOException {
    byte[] bytes = new byte[vectors.size() * vectors.getFirst().length * Float.BYTES];
    int offset = 0;
    for (float[] vector : vectors) {
      MemorySegment from = MemorySegment.ofArray(vector);
      MemorySegment.copy(from, 0, MemorySegment.ofArray(bytes), offset, from.byteSize());
      offset += (int) from.byteSize();
    }
    return Files.write(file, bytes);
  }

  /**
   * Scores rows as the plugin does, on this thread.
   *
   * @param products receives q products of each row, query-major
   */
  static void scan(RowMatrix rows, List<float[]> queries, float[] products) throws IOException {
    SegmentRows segment = new StoredRows(rows);
    int count = rows.rows();
    try (Scan scan = new CpuScanEngine().open(segment, queries)) {
      int block = scan.preferredRows();
      float[] ofBlock = new float[queries.size() * block];
      for (int first = 0; first < count; first += block) {
        int length = Math.min(block, count - first);
        scan.score(IntStream.range(first, first + length).toArray(), length, ofBlock);
        for (int q = 0; q < queries.size(); q++) {
          System.arraycopy(ofBlock, q * length, products, q * count + first, length);
        }
      }
    }
  }
}
