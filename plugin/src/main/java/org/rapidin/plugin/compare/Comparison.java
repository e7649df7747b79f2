package org.rapidin.plugin.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.RandomDocuments;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;
import org.rapidin.scorer.VectorNorms;

/**
 * Ranks documents by their influence on other documents, whose stored vectors are the queries, in
 * two fields. Vectors of documents pass; those of queries and the influences stay. Blocks, and
 * stops when the task is cancelled. For one thread.
 */
final class Comparison {
  private final VectorSample first;
  private final VectorSample second;
  private final ProgressTask task;
  private final int sample;
  private int read;

  /** The vectors of one document in both fields. */
  private record Pair(float[] first, float[] second) {}

  /** Receives the vectors of a document that has both. */
  private interface Pairs {
    void accept(Pair pair);
  }

  /**
   * Begins a comparison.
   *
   * @param first reads one field
   * @param second reads the other field
   * @param sample how many documents will be read, queries among them
   */
  Comparison(VectorSample first, VectorSample second, ProgressTask task, int sample) {
    this.first = first;
    this.second = second;
    this.task = task;
    this.sample = sample;
  }

  /**
   * Returns the bytes that a comparison takes on the heap at most.
   *
   * @param dimensions of both fields together
   * @param queries that were drawn
   * @param documents others that were drawn
   */
  static long bytes(
      VectorSample first, VectorSample second, int dimensions, int queries, int documents) {
    long influences = 2L * Double.BYTES * queries * documents;
    // While a query's influences are sorted.
    long order = 64L * documents;
    return first.batchBytes()
        + second.batchBytes()
        + (long) Float.BYTES * dimensions * queries
        + influences
        + order;
  }

  /**
   * Compares the rankings.
   *
   * @param ks how many of the first documents are compared, for each overlap
   * @throws IllegalArgumentException if too few of the documents are still there
   */
  Agreement compare(
      List<RandomDocuments.Drawn> queries,
      List<RandomDocuments.Drawn> documents,
      SortedSet<Integer> ks) {
    List<Pair> asked = new ArrayList<>();
    read(queries, asked::add);
    double[][] byFirst = new double[asked.size()][documents.size()];
    double[][] bySecond = new double[asked.size()][documents.size()];
    int[] count = new int[1];
    read(
        documents,
        document -> {
          int column = count[0]++;
          for (int q = 0; q < byFirst.length; q++) {
            task.check();
            byFirst[q][column] = VectorNorms.product(asked.get(q).first(), document.first());
            bySecond[q][column] = VectorNorms.product(asked.get(q).second(), document.second());
          }
        });
    CompareSample.requireEnough(asked.size(), count[0], ks);
    return agreement(byFirst, bySecond, count[0], ks);
  }

  private void read(List<RandomDocuments.Drawn> drawn, Pairs pairs) {
    int size = Math.min(first.batchSize(), second.batchSize());
    for (ShardDocuments shard : ShardDocuments.of(drawn)) {
      for (ShardDocuments piece : shard.pieces(size)) {
        reached();
        float[][] inFirst = first.read(piece);
        float[][] inSecond = second.read(piece);
        for (int i = 0; i < inFirst.length; i++) {
          if (inFirst[i] != null && inSecond[i] != null) {
            pairs.accept(new Pair(inFirst[i], inSecond[i]));
          }
        }
        read += inFirst.length;
        reached();
      }
    }
  }

  private void reached() {
    task.progress(new CompareProgress(read, sample));
    task.check();
  }

  /** Influences of documents that are gone are at the end, and left out. */
  private Agreement agreement(
      double[][] byFirst, double[][] bySecond, int documents, SortedSet<Integer> ks) {
    double[] correlations = new double[byFirst.length];
    double[][] shares = new double[ks.size()][byFirst.length];
    for (int q = 0; q < byFirst.length; q++) {
      task.check();
      double[] a = Arrays.copyOf(byFirst[q], documents);
      double[] b = Arrays.copyOf(bySecond[q], documents);
      correlations[q] = Rankings.spearman(a, b);
      int next = 0;
      for (int k : ks) {
        // Without a ranking there are no first documents.
        shares[next++][q] = Double.isNaN(correlations[q]) ? Double.NaN : Rankings.overlap(a, b, k);
      }
    }
    List<Agreement.Overlap> overlaps = new ArrayList<>();
    for (int k : ks) {
      overlaps.add(new Agreement.Overlap(k, Estimate.of(shares[overlaps.size()])));
    }
    return new Agreement(documents, Estimate.of(correlations), overlaps);
  }
}
