package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader.CacheHelper;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.SegmentCodes;

/**
 * The n×K rows of one field of one segment, ready for a {@link ScanEngine}, with the documents that
 * they belong to.
 *
 * <p>Valid while the reader is open. Safe for many threads, {@link #row} excepted.
 */
final class SegmentMatrix implements SegmentRows {
  private final FloatVectorValues values;
  private final List<RowPiece> mapped;
  private final CoreField key;

  private SegmentMatrix(FloatVectorValues values, CoreField key) throws IOException {
    this.values = values;
    this.mapped = values instanceof GradientVectorValues stored ? MappedRows.of(stored) : List.of();
    this.key = key;
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
    Optional<SegmentMatrix> matrix = open(reader, field);
    if (matrix.isPresent() && matrix.get().dimension() != dimension) {
      throw new IllegalArgumentException(
          "field [%s] has dimension %s, the query vector has %s"
              .formatted(field, matrix.get().dimension(), dimension));
    }
    return matrix;
  }

  /**
   * Opens a field, whatever the dimension of its vectors.
   *
   * @param reader as the search sees it
   * @return empty if no document of the segment has a vector, or the field is hidden
   */
  static Optional<SegmentMatrix> open(LeafReader reader, String field) throws IOException {
    FieldInfo info = reader.getFieldInfos().fieldInfo(field);
    if (info == null || info.getVectorEncoding() != VectorEncoding.FLOAT32) {
      return Optional.empty();
    }
    FloatVectorValues values = reader.getFloatVectorValues(field);
    if (values == null || values.size() == 0) {
      return Optional.empty();
    }
    CacheHelper core = reader.getCoreCacheHelper();
    return Optional.of(
        new SegmentMatrix(values, core == null ? null : CoreField.rows(core, field)));
  }

  /** How rows are stored; segments of other formats have 4-byte numbers. */
  @Override
  public ElementType elementType() {
    return values instanceof GradientVectorValues stored
        ? stored.elementType()
        : ElementType.FLOAT32;
  }

  @Override
  public int rows() {
    return values.size();
  }

  @Override
  public int dimension() {
    return values.dimension();
  }

  @Override
  public List<RowPiece> mapped() {
    return mapped;
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.ofNullable(key);
  }

  /**
   * Opens the codes of the rows.
   *
   * @return empty if the segment has none: it has few rows, or was written without
   */
  Optional<SegmentCodes> codes() throws IOException {
    return values instanceof GradientVectorValues stored
        ? stored.codes(key == null ? null : key.codes())
        : Optional.empty();
  }

  /**
   * Opens the graph over the codes, for one thread.
   *
   * @return empty if the segment has none: it has few rows or too many, or was written without
   */
  Optional<HnswGraph> graph() throws IOException {
    return values instanceof GradientVectorValues stored ? stored.graph() : Optional.empty();
  }

  /** The document that a row belongs to. */
  int document(int row) {
    return values.ordToDoc(row);
  }

  /**
   * Has the pages of rows read that will be scored soon.
   *
   * @param ords ascending
   * @param check runs every few rows, and throws to stop
   */
  void prefetch(int[] ords, Runnable check) throws IOException {
    if (values instanceof GradientVectorValues stored) {
      long length = elementType().valuesLength(dimension());
      for (int i = 0; i < ords.length; i++) {
        if (i % ScanLimit.ROWS == 0) {
          check.run();
        }
        stored.rows().prefetch(ords[i] * length, length);
      }
    }
  }

  /** A new iterator over the documents with a row; its index is the row's ordinal. */
  DocIndexIterator iterator() {
    return values.iterator();
  }

  /** One row as it is stored: numbers, then scale. */
  byte[] storedRow(int ord) throws IOException {
    int valuesLength = elementType().valuesLength(dimension());
    byte[] row = new byte[elementType().rowLength(dimension())];
    MemorySegment target = MemorySegment.ofArray(row);
    read(ord, 1, target, valuesLength, target.asSlice(valuesLength));
    return row;
  }

  /**
   * Returns what divides products by the measures of their rows, for one thread.
   *
   * @param normalization or null to leave products as they are
   * @param check runs before a row is measured, and throws to stop
   */
  RowMeasures measures(Normalization normalization, Runnable check) throws IOException {
    if (normalization == null) {
      return RowMeasures.none();
    }
    KeptMeasures kept =
        values instanceof GradientVectorValues stored ? stored.measures() : new KeptMeasures();
    return new RowMeasures(
        values.copy(), kept.of(normalization.measure(), rows()), normalization.document(), check);
  }

  /** One row as float32, length K; valid until the next is asked for. For one thread. */
  float[] row(int ord) throws IOException {
    return values.vectorValue(ord);
  }

  /**
   * As the interface says.
   *
   * @throws AlreadyClosedException if the segment was closed
   */
  @Override
  public void read(int first, int count, MemorySegment target, long stride, MemorySegment scales)
      throws IOException {
    Objects.checkFromIndexSize(first, count, rows());
    for (int row = first, end; row < first + count; row = end) {
      Optional<RowPiece> piece = RowPiece.with(mapped, row, row);
      end = Math.min(first + count, piece.map(RowPiece::end).orElse(nextMapped(row)));
      MemorySegment values = target.asSlice((row - first) * stride);
      MemorySegment ofThese = scales.asSlice((row - first) * (long) ElementType.SCALE_BYTES);
      if (piece.isPresent()) {
        readMapped(piece.get(), row, end - row, values, stride, ofThese);
      } else {
        readUnmapped(row, end - row, values, stride, ofThese);
      }
    }
  }

  /** The first row behind an unmapped one that is mapped, or n. */
  private int nextMapped(int row) {
    for (RowPiece piece : mapped) {
      if (piece.first() > row) {
        return piece.first();
      }
    }
    return rows();
  }

  private static void readMapped(
      RowPiece piece, int row, int count, MemorySegment target, long stride, MemorySegment scales) {
    try {
      piece.matrix().read(row - piece.first(), count, target, stride, scales);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  private void readUnmapped(
      int first, int count, MemorySegment target, long stride, MemorySegment scales)
      throws IOException {
    ElementType type = elementType();
    int valuesLength = type.valuesLength(dimension());
    byte[] row = new byte[type.rowLength(dimension())];
    FloatVectorValues copy = values.copy();
    for (int i = 0; i < count; i++) {
      if (copy instanceof GradientVectorValues stored) {
        stored.readRow(first + i, row);
      } else {
        row = type.encode(copy.vectorValue(first + i));
      }
      MemorySegment from = MemorySegment.ofArray(row);
      MemorySegment.copy(from, 0, target, i * stride, valuesLength);
      MemorySegment.copy(
          from, valuesLength, scales, (long) i * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
  }

  /**
   * Lucene's exception for what memory access throws after the segment was closed.
   *
   * @param cause thrown while rows were read or scored
   */
  static AlreadyClosedException closed(IllegalStateException cause) {
    return cause instanceof AlreadyClosedException known
        ? known
        : new AlreadyClosedException("the segment was closed while it was scored", cause);
  }
}
