package org.rapidin.plugin.query;

import org.rapidin.attribution.error.InfluenceError;

/** Errors of influences by vectors that are not the compressed gradient of one generation. */
final class VectorErrors {
  /** Of vectors that were multiplied with an artefact. */
  static final InfluenceError PRECONDITIONED =
      InfluenceError.unknown(
          "the query was multiplied with an artefact that was fitted to compressed vectors, so its influences are not estimates of influences of uncompressed gradients");

  /** Of a vector that a user brought. */
  static final InfluenceError OF_OWN =
      InfluenceError.unknown(
          "the query has a vector of your own, and it is not known which gradient it was made from");

  /** Of n vectors whose errors are independent, the largest is too large up to n times as often. */
  private static final InfluenceError OF_LARGEST =
      InfluenceError.unknown(
          "the influence is the largest of those on several generations, which is too large more often than too small: search for one generation, or use \"combine\": \"mean\"");

  private VectorErrors() {}

  /**
   * Returns the error of a set's vectors. Sums, and vectors without some modules, are not multiples
   * of vectors of norm 1. The directions of nuisance gradients are compressed, too, so what is left
   * of a vector has at most the error that is computed from it and the whole document.
   *
   * @param one of the gradient of one generation
   */
  static InfluenceError of(GenerationSet set, InfluenceError one) {
    boolean single = set.generations().size() == 1;
    if (!single && set.combine() == GenerationSet.Combine.MAX) {
      return OF_LARGEST;
    }
    boolean whole = single && set.modules().isEmpty() && set.nuisance().isEmpty();
    InfluenceError error = whole ? one : one.withoutUnitQueries();
    return set.nuisance().isEmpty() ? error : error.with(error.compression().asAtMost());
  }
}
