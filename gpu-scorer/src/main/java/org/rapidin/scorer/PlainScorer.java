package org.rapidin.scorer;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Computes inner products without the Vector API, summed in double. Used if the incubator module is
 * absent, and for rows on which float32 overflows. A number is decoded once for all queries.
 */
public final class PlainScorer implements InnerProductScorer {

  @Override
  public PreparedQueries prepare(ElementType type, List<float[]> queries) {
    List<float[]> unchanged = List.copyOf(queries);
    return (matrix, rows, count, products) -> {
      matrix.check(type, unchanged);
      Objects.checkFromIndexSize(
          0, count, Math.min(rows.length, products.length / unchanged.size()));
      RowProducts ofRow = new RowProducts(matrix, unchanged);
      for (int i = 0; i < count; i++) {
        ofRow.compute(rows[i]);
        for (int m = 0; m < unchanged.size(); m++) {
          products[m * count + i] = ofRow.product(m);
        }
      }
    };
  }

  /** Returns the inner product of one row, with its scale applied. */
  static float product(RowMatrix matrix, int row, float[] query) {
    RowProducts ofRow = new RowProducts(matrix, List.of(query));
    ofRow.compute(row);
    return ofRow.product(0);
  }

  /** The products of one row after the other. The loops are such as the JIT vectorizes. */
  private static final class RowProducts {
    // Number i of a row goes into sum i mod COLUMNS of a query.
    private static final int COLUMNS = 256;

    private final RowMatrix matrix;
    private final List<float[]> queries;
    private final double[][] sums;
    private final RowDecoder decoder;
    private double scale;

    RowProducts(RowMatrix matrix, List<float[]> queries) {
      this.matrix = matrix;
      this.queries = queries;
      this.sums = new double[queries.size()][COLUMNS];
      this.decoder = new RowDecoder(matrix, COLUMNS);
    }

    void compute(int row) {
      for (double[] sum : sums) {
        Arrays.fill(sum, 0);
      }
      scale = matrix.scale(row);
      for (int from = 0; from < matrix.dimension(); from += COLUMNS) {
        int length = Math.min(COLUMNS, matrix.dimension() - from);
        float[] numbers = decoder.decode(row, from, length);
        for (int m = 0; m < sums.length; m++) {
          add(numbers, queries.get(m), from, length, sums[m]);
        }
      }
    }

    private static void add(float[] numbers, float[] query, int from, int length, double[] sums) {
      for (int i = 0; i < length; i++) {
        sums[i] += (double) numbers[i] * query[from + i];
      }
    }

    float product(int query) {
      double total = 0;
      for (double sum : sums[query]) {
        total += sum;
      }
      return (float) (total * scale);
    }
  }
}
