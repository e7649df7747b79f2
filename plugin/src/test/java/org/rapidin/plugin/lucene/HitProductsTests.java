package org.rapidin.plugin.lucene;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.rapidin.scorer.ElementType;

/** Products of many vectors with the rows of hits, against sums in double. */
public class HitProductsTests extends LuceneTestCase {
  private static final int DIMENSION = 200;

  public void testAnyNumberOfVectorsAndRowsAgreesWithSumsInDouble() {
    for (ElementType type : ElementType.values()) {
      for (int vectors : new int[] {0, 1, 16, 17, 40}) {
        for (int rows : new int[] {0, 1, 7, 16, 35}) {
          agrees(type, gaussian(rows, 1e-3f), gaussian(vectors, 1f));
          // Beyond what float32 could multiply.
          agrees(type, gaussian(rows, 1f), gaussian(vectors, 1e35f));
        }
      }
    }
  }

  private static void agrees(ElementType type, List<float[]> rows, List<float[]> vectors) {
    List<HitRow> stored =
        rows.stream().map(row -> new HitRow(type, DIMENSION, type.encode(row))).toList();
    double[][] products = HitRow.products(stored, vectors);
    assertEquals(rows.size(), products.length);
    for (int r = 0; r < rows.size(); r++) {
      assertEquals(vectors.size(), products[r].length);
      float[] row = type.decode(stored.get(r).bytes());
      for (int v = 0; v < vectors.size(); v++) {
        double sum = 0;
        double magnitudes = 0;
        for (int k = 0; k < DIMENSION; k++) {
          sum += (double) row[k] * vectors.get(v)[k];
          magnitudes += Math.abs((double) row[k] * vectors.get(v)[k]);
        }
        assertEquals(sum, products[r][v], 1e-5 * magnitudes);
      }
    }
  }

  private static List<float[]> gaussian(int count, float size) {
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] vector = new float[DIMENSION];
      for (int k = 0; k < DIMENSION; k++) {
        vector[k] = (float) (Math.clamp(random().nextGaussian(), -3.0, 3.0) * size);
      }
      vectors.add(vector);
    }
    return vectors;
  }
}
