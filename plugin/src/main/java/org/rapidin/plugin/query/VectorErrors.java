package org.rapidin.plugin.query;

import org.rapidin.attribution.error.InfluenceError;

/** Errors of influences by vectors that are not compressed gradients. */
final class VectorErrors {
  /** Of vectors that were multiplied with an artefact. */
  static final InfluenceError PRECONDITIONED =
      InfluenceError.unknown(
          "the query was multiplied with an artefact that was fitted to compressed vectors, so that its products estimate no influence of gradients");

  /** Of a vector of the user's own. */
  static final InfluenceError OF_OWN =
      InfluenceError.unknown(
          "the query has a vector of your own, and it is not known which gradient it stands for");

  private VectorErrors() {}

  /**
   * Returns the error of a set's vectors. Sums and vectors of which modules were left out are not
   * multiples of vectors of norm 1; directions that are left out are themselves compressed, so that
   * what is left has the error of the rest at most.
   *
   * @param one of the gradient of one generation
   */
  static InfluenceError of(GenerationSet set, InfluenceError one) {
    boolean single = set.generations().size() == 1 || set.combine() == GenerationSet.Combine.MAX;
    boolean whole = single && set.modules().isEmpty() && set.nuisance().isEmpty();
    InfluenceError error = whole ? one : one.withoutUnitQueries();
    return set.nuisance().isEmpty() ? error : error.with(error.compression().asAtMost());
  }
}
