package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.OptionalDouble;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;

/**
 * Raw influence of single documents of one segment, for hits that are fetched: the inner product of
 * a document's vector with any vector of length K (the query's, or one token's).
 *
 * <p>Sees what the given reader shows: a field that field-level security hides has no vectors. Not
 * for several threads; valid while the reader is open.
 */
public final class LeafInfluence {
  private final FloatVectorValues values;

  private LeafInfluence(FloatVectorValues values) {
    this.values = values;
  }

  /**
   * Opens the vectors of one segment.
   *
   * @param context the segment, wrapped as the search sees it
   * @param field a gradient vector field
   */
  public static LeafInfluence open(LeafReaderContext context, String field) throws IOException {
    LeafReader reader = context.reader();
    boolean visible = reader.getFieldInfos().fieldInfo(field) != null;
    return new LeafInfluence(visible ? reader.getFloatVectorValues(field) : null);
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
    if (values == null) {
      return OptionalDouble.empty();
    }
    KnnVectorValues.DocIndexIterator iterator = values.iterator();
    if (iterator.advance(doc) != doc) {
      return OptionalDouble.empty();
    }
    float[] row = values.vectorValue(iterator.index());
    double sum = 0;
    for (int i = 0; i < row.length; i++) {
      sum += (double) row[i] * vector[i];
    }
    return OptionalDouble.of(sum);
  }
}
