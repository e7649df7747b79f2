package org.rapidin.plugin.query;

import java.util.List;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.plugin.handle.QueryVector;

/** Errors of influences by vectors that are not compressed gradients. */
final class VectorErrors {
  /** Of vectors that were multiplied with an artefact. */
  static final InfluenceError PRECONDITIONED =
      InfluenceError.unknown(
          "the query was multiplied with an artefact that was fitted to compressed vectors, so that its products estimate no influence of gradients");

  private static final InfluenceError OF_OWN =
      InfluenceError.unknown(
          "the query has a vector of your own, and it is not known which gradient it stands for");

  private VectorErrors() {}

  /** Returns a gradient whose vector is the user's own. */
  static QueryGradient ofOwn(QueryVector vector) {
    return new QueryGradient(vector.values(), "", List.of()).withError(OF_OWN);
  }
}
