package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.VectorNorms;

/** Counts how often influences of the gradients are in the intervals of stored vectors. */
final class Coverage {
  private static final double NORMAL_95 = 1.959964;

  /** Hits that people look at, some of which rank first because of their errors. */
  private static final int TOP = 10;

  private final double[][] exact;
  private final InfluenceError error;
  private final float[][] vectors;
  private final ElementType rows;
  private final byte[][] stored;
  private int pairs;
  private int known;
  private int held;
  private double squares;
  private int neighbors;
  private int separated;
  private int wrong;
  private int first;
  private int firstKnown;
  private int firstHeld;
  private double firstErrors;

  /**
   * An influence of a document.
   *
   * @param standardError NaN where hits have none
   */
  private record Estimate(double influence, double standardError, double right) {
    /** Error over standard error. */
    double deviation() {
      return (influence - right) / standardError;
    }

    boolean isKnown() {
      return !Double.isNaN(standardError);
    }

    boolean isHeld() {
      return Math.abs(influence - right) <= NORMAL_95 * standardError;
    }
  }

  /**
   * @param exact products of the gradients of all texts, documents first
   * @param documents how many
   * @param error of influences by the vectors
   * @param vectors of all texts, documents first, float32
   * @param rows how documents are stored
   */
  Coverage(
      double[][] exact, int documents, InfluenceError error, float[][] vectors, ElementType rows) {
    this.exact = exact;
    this.error = error;
    this.vectors = vectors;
    this.rows = rows;
    this.stored = new byte[documents][];
    for (int document = 0; document < stored.length; document++) {
      stored[document] = rows.encode(vectors[document]);
    }
  }

  /** Adds the pairs of a text with all documents. */
  void add(int text) {
    List<Estimate> estimates = new ArrayList<>();
    for (int document = 0; document < stored.length; document++) {
      float[] row = rows.decode(stored[document]);
      double influence = VectorNorms.product(vectors[text], row);
      double variance =
          error.variance(vectors[text], row)
              + rows.roundingVariance(vectors[text], stored[document]);
      estimates.add(new Estimate(influence, Math.sqrt(variance), right(text, document)));
    }
    estimates.sort(Comparator.comparingDouble(Estimate::influence).reversed());
    pairs += estimates.size();
    estimates.stream().filter(Estimate::isKnown).forEach(this::count);
    List<Estimate> top = estimates.subList(0, Math.min(TOP, estimates.size()));
    first += top.size();
    top.stream().filter(Estimate::isKnown).forEach(this::countFirst);
    for (int i = 1; i < estimates.size(); i++) {
      compare(estimates.get(i - 1), estimates.get(i));
    }
  }

  private void count(Estimate estimate) {
    known++;
    held += estimate.isHeld() ? 1 : 0;
    squares += estimate.deviation() * estimate.deviation();
  }

  private void countFirst(Estimate hit) {
    firstKnown++;
    firstHeld += hit.isHeld() ? 1 : 0;
    firstErrors += hit.deviation();
  }

  /** The influence of the gradients, divided by norms where those of vectors are. */
  private double right(int text, int document) {
    double right = exact[text][document];
    if (error.unitDocuments()) {
      right /= Math.sqrt(exact[document][document]);
    }
    if (error.unitQueries()) {
      right /= Math.sqrt(exact[text][text]);
    }
    return right;
  }

  private void compare(Estimate before, Estimate after) {
    if (!before.isKnown() || !after.isKnown()) {
      return;
    }
    neighbors++;
    double reach = NORMAL_95 * Math.hypot(before.standardError(), after.standardError());
    if (before.influence() - after.influence() > reach) {
      separated++;
      wrong += before.right() < after.right() ? 1 : 0;
    }
  }

  /** Returns the part of the pairs that have an interval. */
  double known() {
    return (double) known / pairs;
  }

  /** Returns the part of the intervals that hold the influence of the gradients. */
  double held() {
    return (double) held / known;
  }

  /** Returns the part of the ten documents that rank first with each text that have an interval. */
  double firstKnown() {
    return (double) firstKnown / first;
  }

  /** Returns the part of their intervals that hold the influence of the gradients. */
  double firstHeld() {
    return (double) firstHeld / firstKnown;
  }

  /** Returns their mean of error over standard error: positive where they are overestimated. */
  double firstError() {
    return firstErrors / firstKnown;
  }

  /** Returns the root of the mean square of error over standard error. */
  double rootMeanSquare() {
    return Math.sqrt(squares / known);
  }

  /** Returns the part of the neighbors that are separated. */
  double separated() {
    return (double) separated / neighbors;
  }

  /**
   * Returns the part of the separated neighbors that are in the wrong order; 0 if there are none.
   */
  double wrong() {
    return separated == 0 ? 0 : (double) wrong / separated;
  }
}
