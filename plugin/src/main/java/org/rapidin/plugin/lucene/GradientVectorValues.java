package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.packed.DirectMonotonicReader;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.SegmentCodes;

/**
 * The rows of one field of one segment, decoded one by one; {@link SegmentMatrix} has them as they
 * are stored.
 *
 * <p>Not a {@code HasIndexSlice}: Lucene's scorers would take half-precision rows for float32. Not
 * for several threads.
 */
final class GradientVectorValues extends FloatVectorValues {
  private final FieldEntry entry;
  private final FieldEntry.Header header;
  private final IndexInput data;
  private final IndexInput codesFile;
  private final IndexInput graphsFile;
  private final KeptMeasures measures;
  private final IndexInput rows;
  private final IndexInput scales;
  private final DirectMonotonicReader ordToDoc;
  private final byte[] row;
  private float[] vector;
  private int vectorOrd = -1;

  /**
   * @param data .rgv
   * @param codesFile .rgc, or null if no field has codes
   * @param graphsFile .rgg, or null if no field has a graph
   * @param measures of the field's rows
   */
  GradientVectorValues(
      FieldEntry entry,
      IndexInput data,
      IndexInput codesFile,
      IndexInput graphsFile,
      KeptMeasures measures)
      throws IOException {
    this.entry = entry;
    this.measures = measures;
    this.codesFile = codesFile;
    this.graphsFile = graphsFile;
    this.header = entry.header();
    this.data = data;
    this.rows = data.slice("rows", header.rowsOffset(), header.rowsLength());
    this.scales = data.slice("scales", header.scalesOffset(), header.scalesLength());
    this.ordToDoc = isSparse() ? entry.ordToDoc().getDirectMonotonicReader(data) : null;
    this.row = new byte[header.elementType().rowLength(header.dimension())];
  }

  ElementType elementType() {
    return header.elementType();
  }

  /** What was measured of the rows. */
  KeptMeasures measures() {
    return measures;
  }

  /** The n×K numbers. */
  IndexInput rows() {
    return rows;
  }

  /** The n scales. */
  IndexInput scales() {
    return scales;
  }

  /**
   * Opens the codes of the rows.
   *
   * @param key of the codes, or null
   * @return empty if there are none
   */
  Optional<SegmentCodes> codes(SegmentKey key) throws IOException {
    CodeEntry codes = entry.codes();
    return codes == null
        ? Optional.empty()
        : Optional.of(StoredCodes.open(codes, header.count(), header.dimension(), codesFile, key));
  }

  /**
   * Opens the graph over the codes, for one thread.
   *
   * @return empty if there is none
   */
  Optional<HnswGraph> graph() throws IOException {
    return entry.graph() == null
        ? Optional.empty()
        : Optional.of(new StoredGraph(entry.graph(), header.count(), graphsFile));
  }

  /** Returns the centre of the codes, or null if there are none. */
  float[] centre() throws IOException {
    return entry.codes() == null
        ? null
        : StoredCodes.centre(entry.codes(), header.dimension(), codesFile);
  }

  /**
   * Reads a row as it is stored.
   *
   * @param target receives a row of {@link ElementType}
   */
  void readRow(int ord, byte[] target) throws IOException {
    int valuesLength = header.valuesLength();
    rows.seek((long) ord * valuesLength);
    rows.readBytes(target, 0, valuesLength);
    scales.seek((long) ord * ElementType.SCALE_BYTES);
    scales.readBytes(target, valuesLength, ElementType.SCALE_BYTES);
  }

  @Override
  public float[] vectorValue(int ord) throws IOException {
    if (ord != vectorOrd) {
      readRow(ord, row);
      vector = header.elementType().decode(row);
      vectorOrd = ord;
    }
    return vector;
  }

  /** Lucene's score of a row, for its own vector queries. */
  float similarity(int ord, float[] target) throws IOException {
    return header.similarity().compare(target, vectorValue(ord));
  }

  private boolean isSparse() {
    return !entry.ordToDoc().isDense() && !entry.ordToDoc().isEmpty();
  }

  @Override
  public int ordToDoc(int ord) {
    return ordToDoc == null ? ord : (int) ordToDoc.get(ord);
  }

  @Override
  public Bits getAcceptOrds(Bits acceptDocs) {
    return ordToDoc == null ? acceptDocs : super.getAcceptOrds(acceptDocs);
  }

  /** A new iterator, independent of others. */
  @Override
  public DocIndexIterator iterator() {
    if (ordToDoc == null) {
      return createDenseIterator();
    }
    try {
      return IndexedDISI.asDocIndexIterator(entry.ordToDoc().getIndexedDISI(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public VectorScorer scorer(float[] target) throws IOException {
    if (size() == 0) {
      return null;
    }
    GradientVectorValues copy = copy();
    DocIndexIterator iterator = copy.iterator();
    return new VectorScorer() {
      @Override
      public float score() throws IOException {
        return copy.similarity(iterator.index(), target);
      }

      @Override
      public DocIdSetIterator iterator() {
        return iterator;
      }
    };
  }

  @Override
  public int dimension() {
    return header.dimension();
  }

  @Override
  public int size() {
    return header.count();
  }

  @Override
  public GradientVectorValues copy() throws IOException {
    return new GradientVectorValues(entry, data, codesFile, graphsFile, measures);
  }
}
