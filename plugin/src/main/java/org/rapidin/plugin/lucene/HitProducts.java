package org.rapidin.plugin.lucene;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorers;
import org.rapidin.scorer.PreparedQueries;
import org.rapidin.scorer.RowMatrix;

/**
 * Inner products of some vectors with rows of hits. The vectors are prepared once, however many
 * hits there are. For one thread.
 */
public final class HitProducts {
  private final int dimension;
  private final List<ScaledVector> vectors;
  private final Map<ElementType, PreparedQueries> prepared = new EnumMap<>(ElementType.class);

  /**
   * @param vectors at least one, float32, of one length K, finite; not changed
   */
  public HitProducts(List<float[]> vectors) {
    this.dimension = vectors.getFirst().length;
    this.vectors = vectors.stream().map(ScaledVector::of).toList();
  }

  /** K. */
  int dimension() {
    return dimension;
  }

  /**
   * Computes all products. Each row is read from memory once: rows stay in the processor's cache
   * while the vectors pass.
   *
   * @param rows n rows of dimension K
   * @return one array per row, with one product per vector
   */
  double[][] of(RowMatrix rows) {
    double[][] products = new double[rows.rows()][vectors.size()];
    float[] flat = new float[Math.multiplyExact(rows.rows(), vectors.size())];
    prepared
        .computeIfAbsent(rows.elementType(), this::prepare)
        .score(rows, IntStream.range(0, rows.rows()).toArray(), rows.rows(), flat);
    for (int v = 0; v < vectors.size(); v++) {
      for (int r = 0; r < rows.rows(); r++) {
        products[r][v] = flat[v * rows.rows() + r] * vectors.get(v).factor();
      }
    }
    return products;
  }

  private PreparedQueries prepare(ElementType type) {
    return InnerProductScorers.best()
        .prepare(type, vectors.stream().map(ScaledVector::values).toList());
  }
}
