package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.rapidin.scorer.ElementType;

/**
 * Stores gradient vectors as rows that are scanned exactly where they are: no graph, no decoding.
 * Float vectors only, up to 2^20 numbers. All numbers are little-endian.
 *
 * <p>Rows are encoded and written as documents arrive, those of the first field of a file where
 * they stay. Those of other fields, of fields with codes, and all rows of an index with an index
 * sort, are written to a temporary file and copied when the segment is flushed. Merges copy rows of
 * the same element type as they are and make all codes again. What a document leaves on the heap
 * does not depend on K.
 *
 * <p><b>.rgv</b>, the rows:
 *
 * <ul>
 *   <li>index header, {@code RapidInGradientVectorsData}, version
 *   <li>for each field:
 *       <ul>
 *         <li>zeros up to a multiple of 4,096 bytes (version 0: 64), so that rows are mapped and
 *             copied to devices as they are, page by page
 *         <li><b>count × K × [float16, float32 or int8]</b> rows in the order of documents
 *         <li>zeros up to a multiple of 64 bytes
 *         <li><b>count × [float32]</b> scales: row i stands for {@code scale[i] · row[i]}; see
 *             {@link ElementType}
 *         <li>if some but not all documents have a vector: their ids as {@code IndexedDISI}, then
 *             ordinal → document as {@code DirectMonotonicWriter} writes it
 *       </ul>
 *   <li>footer with checksum
 * </ul>
 *
 * <p><b>.rgc</b>, the codes of the rows, if a field of the segment has any:
 *
 * <ul>
 *   <li>index header, {@code RapidInGradientVectorsCodes}, version
 *   <li>for each field with codes:
 *       <ul>
 *         <li>zeros up to a multiple of 4,096 bytes
 *         <li><b>count × B bits</b>: {@link org.rapidin.scorer.bits.SignCode#bits} of the rows,
 *             with the rotation of seed 1
 *         <li>zeros up to a multiple of 64 bytes, <b>count × [float32]</b> factors
 *         <li>zeros up to a multiple of 64 bytes, <b>count × [float32]</b> errors
 *         <li>zeros up to a multiple of 64 bytes, <b>K × [float32]</b> centre: about the mean of
 *             the rows
 *       </ul>
 *   <li>footer with checksum
 * </ul>
 *
 * <p>Segments with fewer than {@value CodeEntry#FEW_ROWS} rows have no codes.
 *
 * <p><b>.rgg</b>, the graphs over the codes, if a field of the segment has any: Lucene's hierarchy
 * of navigable small worlds, in which rows are near each other whose codes have many equal bits
 *
 * <ul>
 *   <li>index header, {@code RapidInGradientVectorsGraphs}, version
 *   <li>for each field with a graph:
 *       <ul>
 *         <li>zeros up to a multiple of 64 bytes
 *         <li>level 0, <b>count × (1 + 2M) × [int32]</b>: of each row how many neighbours it has,
 *             their ordinals, ascending, and zeros
 *         <li>each other level l of n<sub>l</sub> rows: <b>n<sub>l</sub> × [int32]</b> their
 *             ordinals, ascending, then <b>n<sub>l</sub> × (1 + M) × [int32]</b> their neighbours
 *             as on level 0
 *       </ul>
 *   <li>footer with checksum
 * </ul>
 *
 * <p>Graphs are built by each merge, on the heap. Segments of a flush, those with fewer than
 * {@value #FEW_GRAPH_ROWS} rows, and those of more rows than fit into what other graphs under way
 * leave of a sixteenth of the heap, at 512 bytes a row, have none: their codes are scanned.
 *
 * <p><b>.rgm</b>, where they are:
 *
 * <ul>
 *   <li>index header, {@code RapidInGradientVectorsMeta}, version
 *   <li>for each field:
 *       <ul>
 *         <li><b>[int32]</b> field number
 *         <li><b>[int8]</b> similarity function: 0 euclidean, 1 dot product, 2 cosine, 3 maximum
 *             inner product
 *         <li><b>[int8]</b> {@link ElementType#code()}
 *         <li><b>[vint]</b> K
 *         <li><b>[int32]</b> count
 *         <li><b>[vlong]</b> offset of the rows in .rgv
 *         <li><b>[vlong]</b> offset of the scales in .rgv
 *         <li>documents with a vector, as {@code OrdToDocDISIReaderConfiguration.writeStoredMeta}
 *         <li>from version 2 on: <b>[vint]</b> B, 0 for no codes; then, unless it is 0, offsets
 *             <b>[vlong]</b> of bits, factors, errors and centre in .rgc
 *       </ul>
 *   <li><b>[int32]</b> −1
 *   <li>from version 3 on: for each field with a graph:
 *       <ul>
 *         <li><b>[int32]</b> field number
 *         <li><b>[vint]</b> M
 *         <li><b>[vint]</b> the row that searches start from
 *         <li><b>[vlong]</b> offset of level 0 in .rgg
 *         <li><b>[vint]</b> how many other levels there are, and of each <b>[vint]</b>
 *             n<sub>l</sub>
 *       </ul>
 *   <li>from version 3 on: <b>[int32]</b> −1
 *   <li>footer with checksum
 * </ul>
 *
 * <p>All files begin with the same version: 3 is written, 0 to 3 are read. Without codes they have
 * at most 2K + 64 bytes a document for float16, and less than two pages a field; codes are B/8 + 8
 * bytes a document and 4K a field; graphs less than 150 bytes a document.
 */
public final class GradientVectorsFormat extends KnnVectorsFormat {
  /** The name under which segments find this format again. */
  public static final String NAME = "RapidInGradientVectors";

  /** Most numbers of a vector. */
  public static final int MAX_DIMENSION = 1 << 20;

  static final String META_EXTENSION = "rgm";
  static final String DATA_EXTENSION = "rgv";
  static final String CODES_EXTENSION = "rgc";
  static final String GRAPHS_EXTENSION = "rgg";
  static final String META_CODEC = "RapidInGradientVectorsMeta";
  static final String DATA_CODEC = "RapidInGradientVectorsData";
  static final String CODES_CODEC = "RapidInGradientVectorsCodes";
  static final String GRAPHS_CODEC = "RapidInGradientVectorsGraphs";
  static final int VERSION_START = 0;

  /** Rows begin at a multiple of {@link #PAGE_BYTES}; before, at one of 64. */
  static final int VERSION_PAGES = 1;

  /** Fields may have codes. */
  static final int VERSION_CODES = 2;

  /** Codes may have graphs. */
  static final int VERSION_GRAPHS = 3;

  static final int VERSION_CURRENT = VERSION_GRAPHS;

  /**
   * Fewer rows have no graph, because a search with default settings, which wants 1,000 estimates,
   * scans their codes: {@link GraphSearch}.
   */
  public static final int FEW_GRAPH_ROWS = 50_000;

  /** A page of memory: mapped rows begin with one, and so does every row whose length is pages. */
  static final int PAGE_BYTES = 4096;

  /** A cache line, and the widest vector register: no load straddles two lines. */
  static final int FLOATS_ALIGNMENT = 64;

  private final ElementType elementType;
  private final int codeBits;
  private final int graphRows;

  /** For Lucene, which finds the format of a segment by name; writes float16 rows. */
  public GradientVectorsFormat() {
    this(ElementType.FLOAT16, 0);
  }

  /**
   * @param elementType how the numbers of new segments are written; all are read
   * @param codeBits B of new segments' codes, or 0 for none; otherwise K must be a power of two and
   *     at least B
   */
  public GradientVectorsFormat(ElementType elementType, int codeBits) {
    this(elementType, codeBits, 0);
  }

  /**
   * @param elementType how the numbers of new segments are written; all are read
   * @param codeBits B of new segments' codes, or 0 for none; otherwise K must be a power of two and
   *     at least B
   * @param graphRows rows from which on a new segment has a graph over its codes, or 0 for no
   *     graphs
   */
  public GradientVectorsFormat(ElementType elementType, int codeBits, int graphRows) {
    super(NAME);
    this.codeBits = codeBits;
    this.graphRows = graphRows;
    this.elementType = Objects.requireNonNull(elementType, "elementType");
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return new GradientVectorsWriter(state, elementType, codeBits, graphRows);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return new GradientVectorsReader(state);
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return MAX_DIMENSION;
  }

  @Override
  public String toString() {
    return NAME + "(" + elementType + (codeBits == 0 ? ")" : ", " + codeBits + " bits)");
  }
}
