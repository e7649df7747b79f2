package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorer;
import org.rapidin.scorer.RowMatrix;

/**
 * The n×K rows of one field of one segment, ready for an {@link InnerProductScorer}: in place where
 * the file is mapped in one piece, else copied block by block.
 *
 * <p>Valid while the reader is open; afterwards scoring throws {@link AlreadyClosedException}. Not
 * for several threads: open one per scorer.
 */
final class SegmentMatrix {
  private final FloatVectorValues values;
  private final RowMatrix mapped;
  private RowBlock block;

  private SegmentMatrix(FloatVectorValues values) throws IOException {
    this.values = values;
    this.mapped = values instanceof GradientVectorValues stored ? mapOrNull(stored) : null;
  }

  /**
   * Opens a field.
   *
   * @param reader as the search sees it: a field that it hides has no rows, even where the segment
   *     below has some
   * @param dimension K of the query
   * @return empty if no document of the segment has a vector, or the field is hidden
   * @throws IllegalArgumentException if the vectors have another dimension
   */
  static Optional<SegmentMatrix> open(LeafReader reader, String field, int dimension)
      throws IOException {
    FieldInfo info = reader.getFieldInfos().fieldInfo(field);
    if (info == null || info.getVectorEncoding() != VectorEncoding.FLOAT32) {
      return Optional.empty();
    }
    FloatVectorValues values = reader.getFloatVectorValues(field);
    if (values == null || values.size() == 0) {
      return Optional.empty();
    }
    if (values.dimension() != dimension) {
      throw new IllegalArgumentException(
          "field [%s] has dimension %s, the query vector has %s"
              .formatted(field, values.dimension(), dimension));
    }
    return Optional.of(new SegmentMatrix(values));
  }

  private static RowMatrix mapOrNull(GradientVectorValues stored) throws IOException {
    MemorySegment rows = segmentOrNull(stored.rows());
    MemorySegment scales = segmentOrNull(stored.scales());
    return rows == null || scales == null
        ? null
        : new RowMatrix(rows, scales, stored.elementType(), stored.size(), stored.dimension());
  }

  /** Null is normal: another directory, or a file that is mapped in several pieces. */
  private static MemorySegment segmentOrNull(IndexInput input) throws IOException {
    return input instanceof MemorySegmentAccessInput access
        ? access.segmentSliceOrNull(0, input.length())
        : null;
  }

  /** The rows where they are mapped, without a copy. */
  Optional<RowMatrix> mapped() {
    return Optional.ofNullable(mapped);
  }

  /** A new iterator over the documents with a row; its index is the row's ordinal. */
  DocIndexIterator iterator() {
    return values.iterator();
  }

  /** n. */
  int size() {
    return values.size();
  }

  /** One row as it is stored: numbers, then scale; 4-byte numbers in segments of other formats. */
  byte[] storedRow(int ord) throws IOException {
    if (values instanceof GradientVectorValues stored) {
      byte[] row = new byte[stored.elementType().rowLength(stored.dimension())];
      stored.readRow(ord, row);
      return row;
    }
    return ElementType.FLOAT32.encode(values.vectorValue(ord));
  }

  /** How {@link #storedRow} writes numbers. */
  ElementType elementType() {
    return values instanceof GradientVectorValues stored
        ? stored.elementType()
        : ElementType.FLOAT32;
  }

  /** One row as float32, length K; valid until the next is asked for. */
  float[] row(int ord) throws IOException {
    return values.vectorValue(ord);
  }

  /**
   * Scores chosen rows.
   *
   * @param ords ordinals of rows
   * @param count how many of {@code ords} count
   * @param query float32, length K
   * @param products receives {@code count} inner products
   * @throws AlreadyClosedException if the segment was closed meanwhile
   */
  void score(InnerProductScorer scorer, int[] ords, int count, float[] query, float[] products)
      throws IOException {
    if (mapped == null) {
      if (block == null) {
        block = new RowBlock(values);
      }
      block.score(scorer, ords, count, query, products);
      return;
    }
    try {
      scorer.score(mapped, ords, count, query, products);
    } catch (IllegalStateException e) {
      // Thrown by memory access after the arena was closed; Lucene has an exception for it.
      throw new AlreadyClosedException("the segment was closed while it was scored", e);
    }
  }
}
