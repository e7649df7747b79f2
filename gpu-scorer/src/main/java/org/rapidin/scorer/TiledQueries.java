package org.rapidin.scorer;

import java.util.List;
import java.util.Objects;

/**
 * Queries that pass over rows with the Vector API. Queries that one call of a kernel takes pass
 * over whole rows, four at a time. More queries pass tile by tile: a tile of the queries stays in
 * the cache for a block of rows, and four rows of the tile stay there for all queries.
 */
final class TiledQueries implements PreparedQueries {
  // 16 KiB of each query, 256 KiB of 16: what a core's second cache holds next to a few rows.
  private static final int TILE = 4096;
  // The queries are read from further away once for so many rows.
  private static final int BLOCK_ROWS = 64;

  private final ElementType type;
  private final TileKernels kernels;
  private final List<float[]> queries;
  private final float[][] prepared;

  TiledQueries(ElementType type, List<float[]> queries) {
    this.type = type;
    this.kernels =
        switch (type) {
          case FLOAT16 -> new HalfKernels();
          case FLOAT32 -> new FloatKernels();
          case INT8 -> new ByteKernels();
        };
    this.queries = List.copyOf(queries);
    this.prepared = queries.stream().map(kernels::prepare).toArray(float[][]::new);
  }

  @Override
  public void score(RowMatrix matrix, int[] rows, int count, float[] products) {
    matrix.check(type, queries);
    Objects.checkFromIndexSize(0, count, Math.min(rows.length, products.length / prepared.length));
    boolean tiled = prepared.length > TileSums.QUERIES_AT_ONCE;
    int size = Math.min(count, tiled ? BLOCK_ROWS : TileSums.ROWS_AT_ONCE);
    TileSums sums = new TileSums(kernels, prepared, matrix, size);
    for (int first = 0; first < count; first += size) {
      int length = Math.min(size, count - first);
      sums.compute(rows, first, length, tiled ? TILE : matrix.dimension());
      for (int m = 0; m < prepared.length; m++) {
        for (int i = 0; i < length; i++) {
          products[m * count + first + i] =
              product(sums.sum(i, m, queries.get(m)), matrix, rows[first + i], queries.get(m));
        }
      }
    }
  }

  private static float product(double sum, RowMatrix matrix, int row, float[] query) {
    // float32 overflowed (numbers above 1e30): rare, so a second pass in double is affordable.
    return Double.isFinite(sum)
        ? (float) (sum * matrix.scale(row))
        : PlainScorer.product(matrix, row, query);
  }
}
