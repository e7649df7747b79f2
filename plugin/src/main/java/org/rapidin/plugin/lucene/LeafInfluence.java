package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.OptionalDouble;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReaderContext;
import org.rapidin.scorer.InnerProductScorers;

/**
 * Raw influence of single documents of one segment, for hits that are fetched: the inner product of
 * a document's vector with any vector of length K (the query's, or one token's).
 *
 * <p>Sees what the given reader shows: a field that field-level security hides has no vectors. Not
 * for several threads; valid while the reader is open.
 */
public final class LeafInfluence {
  private final LeafReaderContext context;
  private final String field;
  private SegmentMatrix matrix;

  private LeafInfluence(LeafReaderContext context, String field) {
    this.context = context;
    this.field = field;
  }

  /**
   * Opens the vectors of one segment.
   *
   * @param context the segment, wrapped as the search sees it
   * @param field a gradient vector field
   */
  public static LeafInfluence open(LeafReaderContext context, String field) {
    return new LeafInfluence(context, field);
  }

  /**
   * The raw signed inner product ⟨document, vector⟩.
   *
   * @param doc document id in this segment
   * @param vector float32, length K, finite; not changed
   * @return empty if the document has no vector, or the field is not visible
   * @throws IllegalArgumentException if the segment's vectors have another dimension
   */
  public OptionalDouble product(int doc, float[] vector) throws IOException {
    if (matrix == null) {
      matrix = SegmentMatrix.open(context.reader(), field, vector.length).orElse(null);
    }
    if (matrix == null) {
      return OptionalDouble.empty();
    }
    DocIndexIterator iterator = matrix.iterator();
    if (iterator.advance(doc) != doc) {
      return OptionalDouble.empty();
    }
    ScaledVector scaled = ScaledVector.of(vector);
    float[] product = new float[1];
    matrix.score(
        InnerProductScorers.best(), new int[] {iterator.index()}, 1, scaled.values(), product);
    return OptionalDouble.of(product[0] * scaled.factor());
  }
}
