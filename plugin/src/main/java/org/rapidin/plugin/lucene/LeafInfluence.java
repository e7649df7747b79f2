package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReaderContext;
import org.rapidin.attribution.GradientVector;

/**
 * Rows and raw influence of single documents of one segment, for hits that are fetched.
 *
 * <p>Sees what the given reader shows: a field that field-level security hides has no vectors. Not
 * safe for several threads; valid while the reader is open.
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
   * Reads a document's row as it is stored.
   *
   * @param doc document id in this segment
   * @param dimension K of the query
   * @return empty if the document has no vector, or the field is not visible
   * @throws IllegalArgumentException if the segment's vectors have another dimension
   */
  public Optional<HitRow> row(int doc, int dimension) throws IOException {
    OptionalInt ord = ord(doc, dimension);
    return ord.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new HitRow(matrix.elementType(), dimension, matrix.storedRow(ord.getAsInt())));
  }

  /**
   * Returns whether a user brought a document's vector.
   *
   * @param doc document id in this segment
   * @return false if the segment's version did not record it
   */
  public boolean isForeign(int doc) throws IOException {
    return VectorOrigins.open(context.reader(), field)
        .of(doc)
        .filter(VectorOrigin::isForeign)
        .isPresent();
  }

  /**
   * Computes a document's raw signed influence.
   *
   * @param doc document id in this segment
   * @return empty if the document has no vector, or the field is not visible
   * @throws IllegalArgumentException if the segment's vectors have another dimension
   */
  public OptionalDouble product(int doc, RawInfluence query) throws IOException {
    Optional<HitRow> row = row(doc, query.dimension());
    if (row.isEmpty()) {
      return OptionalDouble.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      return OptionalDouble.of(query.of(HitRow.matrix(List.of(row.get()), arena)));
    }
  }

  /**
   * ‖d‖ of a document's vector as it is stored.
   *
   * @param doc document id in this segment
   * @param dimension K of the query
   * @return empty if the document has no vector, or the field is not visible
   * @throws IllegalArgumentException if the segment's vectors have another dimension
   */
  OptionalDouble norm(int doc, int dimension) throws IOException {
    OptionalInt ord = ord(doc, dimension);
    return ord.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(new GradientVector(matrix.row(ord.getAsInt())).norm());
  }

  /**
   * Measures a document's row as a query's normalization does.
   *
   * @param doc document id in this segment
   * @return empty if the query is not normalized, the document has no vector, or the field is not
   *     visible
   * @throws IllegalArgumentException if the segment's vectors have another dimension
   */
  public OptionalDouble measure(int doc, InfluenceQuery query) throws IOException {
    if (query.normalization() == null) {
      return OptionalDouble.empty();
    }
    OptionalInt ord = ord(doc, query.vector().length);
    return ord.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(matrix.measures(query.normalization(), () -> {}).of(ord.getAsInt()));
  }

  private OptionalInt ord(int doc, int dimension) throws IOException {
    if (matrix == null) {
      matrix = SegmentMatrix.open(context.reader(), field, dimension).orElse(null);
    }
    if (matrix == null) {
      return OptionalInt.empty();
    }
    DocIndexIterator iterator = matrix.iterator();
    return iterator.advance(doc) == doc ? OptionalInt.of(iterator.index()) : OptionalInt.empty();
  }
}
