package org.rapidin.gpu;

import java.util.List;
import java.util.stream.Stream;
import org.rapidin.gpu.GpuDevice.Grid;

/**
 * The table of kernels in {@code kernels.cu}: which one scores how many queries, and with which
 * grid.
 *
 * <p>A kernel adds the products of one row and one query in an order that depends neither on the
 * number of columns nor on the other rows, and every row is split at the same numbers. So a result
 * has the same bits regardless of the queries and rows of its pass, and on every device.
 */
final class Kernels {
  /** The most results that {@code topk_pass} returns. */
  static final int MAX_TOP = 2048;

  private static final int WARPS = 8;
  private static final int THREADS = 32 * WARPS;
  private static final int TOP_THREADS = 512;
  private static final int TOP_KEYS = 4096;
  private static final int MAX_FILTER_BLOCKS = 1024;

  private static final int TENSOR_ROWS = 128;
  private static final int FLOAT_ROWS = 32;
  // Bytes of each row and column in one stage of shared memory.
  private static final int STAGE_BYTES = 256;

  private static final List<Score> FLOAT16 =
      List.of(
          new Score("score_f16_c8", 8, 2, 1, TENSOR_ROWS, 3),
          new Score("score_f16_c16", 16, 2, 1, TENSOR_ROWS, 3),
          new Score("score_f16_c32", 32, 2, 1, TENSOR_ROWS, 4));
  private static final List<Score> INT8 =
      List.of(
          new Score("score_i8_c8", 8, 3, 1, TENSOR_ROWS, 3),
          new Score("score_i8_c16", 16, 3, 1, TENSOR_ROWS, 3),
          new Score("score_i8_c24", 24, 3, 1, TENSOR_ROWS, 4),
          new Score("score_i8_c48", 48, 3, 1, TENSOR_ROWS, 3));
  private static final List<Score> FLOAT32 =
      List.of(
          new Score("score_f32_c1", 1, 1, 1, FLOAT_ROWS, 0),
          new Score("score_f32_c4", 4, 1, 1, FLOAT_ROWS, 0),
          new Score("score_f32_c8", 8, 1, 1, FLOAT_ROWS, 0),
          new Score("score_f32_c16", 16, 1, 1, FLOAT_ROWS, 0));
  private static final List<Score> BITS =
      List.of(
          new Score("score_bits_c8", 8, 4, 4, TENSOR_ROWS, 3),
          new Score("score_bits_c16", 16, 4, 4, TENSOR_ROWS, 3),
          new Score("score_bits_c32", 32, 4, 4, TENSOR_ROWS, 2),
          new Score("score_bits_c64", 64, 4, 4, TENSOR_ROWS, 2));

  /** The kernels that compute partial inner products. */
  static final List<Score> SCORES =
      Stream.of(FLOAT16, INT8, FLOAT32, BITS).flatMap(List::stream).toList();

  /** Every other kernel. */
  static final List<String> OTHERS =
      List.of(
          "prepare_f16",
          "prepare_f32",
          "prepare_i8",
          "finish_f16",
          "finish_f32",
          "finish_i8",
          "finish_bits",
          "topk_pass",
          "topk_filter",
          "sketch_1",
          "sketch_2",
          "fold_sketch");

  private Kernels() {}

  /**
   * A kernel that computes partial inner products.
   *
   * @param columns how many columns it multiplies
   * @param columnsPerQuery how many columns a query becomes
   * @param columnsPerSum how many columns are added before they are written
   * @param rowsPerBlock rows that one block scores
   * @param stages pieces of rows and columns in shared memory, as many as measured fastest on an
   *     H200: two blocks of few columns share a multiprocessor, of many columns one is alone on it
   */
  record Score(
      String name,
      int columns,
      int columnsPerQuery,
      int columnsPerSum,
      int rowsPerBlock,
      int stages) {
    Grid grid(int rows, int splits, int sharedLimit) {
      return new Grid(Math.ceilDiv(rows, rowsPerBlock), splits, THREADS, sharedBytes(sharedLimit));
    }

    /** Returns the dynamic shared memory of a block: fewer stages where a device has less. */
    int sharedBytes(int limit) {
      int stage = STAGE_BYTES * (rowsPerBlock + columns);
      return stage * Math.min(stages, limit / stage);
    }

    /** Blocks of the kernel that splits queries into columns. */
    Grid prepareGrid() {
      return new Grid(Math.ceilDiv(columns, columnsPerQuery), 1, THREADS, 0);
    }

    /** How many sums it writes for a row and a split. */
    int sums() {
      return columns / columnsPerSum;
    }

    /** Returns how many queries fit into the columns. */
    int queries() {
      return columns / columnsPerQuery;
    }
  }

  /** Returns the kernel with the fewest columns that scores so many queries. */
  static Score score(RowKind kind, int queries) {
    return table(kind).stream()
        .filter(kernel -> kernel.queries() >= queries)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("too many queries: %s".formatted(queries)));
  }

  private static List<Score> table(RowKind kind) {
    return switch (kind) {
      case FLOAT16 -> FLOAT16;
      case FLOAT32 -> FLOAT32;
      case INT8 -> INT8;
      case BITS -> BITS;
    };
  }

  /**
   * A kernel that adds pieces of gradients to their slots.
   *
   * @param gradients how many a warp takes at once
   * @param windowSlots slots that a warp has to itself
   */
  record Sketch(String name, int gradients, int windowSlots) {
    Grid grid(int windows, int rows) {
      int sharedBytes = WARPS * gradients * windowSlots * Float.BYTES;
      return new Grid(
          Math.ceilDiv(windows, WARPS), Math.ceilDiv(rows, gradients), THREADS, sharedBytes);
    }
  }

  /**
   * Returns the kernel for a batch: wide windows read fewer chunks twice, narrow ones give a small
   * batch more warps.
   */
  static Sketch sketch(int gradients) {
    if (gradients == 1) {
      return new Sketch("sketch_1", 1, 64);
    }
    return new Sketch("sketch_2", 2, gradients <= 4 ? 64 : gradients <= 8 ? 128 : 256);
  }

  static Grid foldGrid(int dimension) {
    return new Grid(Math.ceilDiv(dimension, THREADS), 1, THREADS, 0);
  }

  static Grid finishGrid(int rows, int queries) {
    return new Grid(Math.ceilDiv(rows, THREADS), queries, THREADS, 0);
  }

  /** Returns how many blocks of {@code topk_pass} sort so many keys. */
  static int topBlocks(int keys) {
    return Math.ceilDiv(keys, TOP_KEYS);
  }

  /** Returns how many keys a block of {@code topk_pass} sorts. */
  static int topKeys() {
    return TOP_KEYS;
  }

  static Grid filterGrid(int keys, int queries) {
    return new Grid(Math.min(MAX_FILTER_BLOCKS, Math.ceilDiv(keys, THREADS)), queries, THREADS, 0);
  }

  static Grid topGrid(int keys, int queries) {
    return new Grid(topBlocks(keys), queries, TOP_THREADS, TOP_KEYS * Long.BYTES);
  }
}
