package org.rapidin.plugin.compare;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.ranking.PlainRankings;
import org.rapidin.scorer.ElementType;

/**
 * Multiplies and ranks in double, by the definitions.
 *
 * @param first vectors by the ids of documents
 * @param one how the first are stored
 * @param second those of the other field
 * @param two how these are stored
 */
record CompareOracle(
    Map<String, float[]> first, ElementType one, Map<String, float[]> second, ElementType two) {

  /**
   * Checks a comparison with the overlaps of some numbers of first documents.
   *
   * @param queries ids
   * @param documents ids of those that are ranked, in the order in which they are read
   */
  void assertAgrees(Agreement found, List<String> queries, List<String> documents, int... ks) {
    assertEquals(documents.size(), found.documents());
    double[] rho = new double[queries.size()];
    double[][] shares = new double[ks.length][queries.size()];
    for (int q = 0; q < rho.length; q++) {
      double[] a = influences(queries.get(q), documents, first, one);
      double[] b = influences(queries.get(q), documents, second, two);
      rho[q] = PlainRankings.spearman(a, b);
      for (int i = 0; i < ks.length; i++) {
        shares[i][q] = PlainRankings.overlap(a, b, ks[i]);
      }
    }
    assertMean(rho, found.spearman());
    for (int i = 0; i < ks.length; i++) {
      assertEquals(ks[i], found.overlaps().get(i).k());
      assertMean(shares[i], found.overlaps().get(i).share());
    }
  }

  private static double product(float[] a, float[] b, ElementType type) {
    float[] stored = type.decode(type.encode(a));
    float[] other = type.decode(type.encode(b));
    double sum = 0;
    for (int i = 0; i < stored.length; i++) {
      sum += (double) stored[i] * other[i];
    }
    return sum;
  }

  private static double[] influences(
      String query, List<String> documents, Map<String, float[]> vectors, ElementType type) {
    return documents.stream()
        .mapToDouble(id -> product(vectors.get(query), vectors.get(id), type))
        .toArray();
  }

  private static void assertMean(double[] wanted, Estimate found) {
    double mean = Arrays.stream(wanted).average().orElseThrow();
    double squares = Arrays.stream(wanted).map(each -> Math.pow(each - mean, 2)).sum();
    assertEquals(wanted.length, found.queries());
    assertEquals(mean, found.mean(), 1e-9);
    assertEquals(
        Math.sqrt(squares / (wanted.length - 1)) / Math.sqrt(wanted.length),
        found.standardError(),
        1e-9);
  }
}
