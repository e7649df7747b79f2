package org.rapidin.ingest;

import java.util.Objects;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * A vector that was computed for a document of a bulk and is not in the document yet: how it is
 * stored depends on the field of the index that the document goes to, which is known only when all
 * pipelines have run.
 *
 * @param attributor that made it
 * @param vector length K, full precision
 * @param textDigest {@link org.rapidin.attribution.Sample#digest} of the text it was made from; not
 *     to be changed
 */
public record PendingVector(
    ResolvedAttributor attributor, GradientVector vector, byte[] textDigest) {
  public PendingVector {
    Objects.requireNonNull(attributor, "attributor");
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(textDigest, "textDigest");
  }
}
