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
 * Stores gradient vectors as rows that are scanned exactly where they lie: no graph, no decoding.
 * Float vectors only, up to 2^20 numbers. All numbers are little-endian.
 *
 * <p><b>.rgv</b>, the rows:
 *
 * <ul>
 *   <li>index header, {@code RapidInGradientVectorsData}, version
 *   <li>for each field:
 *       <ul>
 *         <li>zeros up to a multiple of 64 bytes
 *         <li><b>count × K × [float16 or float32]</b> rows in the order of documents
 *         <li>zeros up to a multiple of 64 bytes
 *         <li><b>count × [float32]</b> scales: row i stands for {@code scale[i] · row[i]}; powers
 *             of two for float16 ({@link ElementType#FLOAT16}), 1 for float32
 *         <li>if some but not all documents have a vector: their ids as {@code IndexedDISI}, then
 *             ordinal → document as {@code DirectMonotonicWriter} writes it
 *       </ul>
 *   <li>footer with checksum
 * </ul>
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
 *       </ul>
 *   <li><b>[int32]</b> −1
 *   <li>footer with checksum
 * </ul>
 */
public final class GradientVectorsFormat extends KnnVectorsFormat {
  /** The name under which segments find this format again. */
  public static final String NAME = "RapidInGradientVectors";

  /** Most numbers of a vector. */
  public static final int MAX_DIMENSION = 1 << 20;

  static final String META_EXTENSION = "rgm";
  static final String DATA_EXTENSION = "rgv";
  static final String META_CODEC = "RapidInGradientVectorsMeta";
  static final String DATA_CODEC = "RapidInGradientVectorsData";
  static final int VERSION_START = 0;
  static final int VERSION_CURRENT = VERSION_START;

  private final ElementType elementType;

  /** For Lucene, which finds the format of a segment by name; writes float16 rows. */
  public GradientVectorsFormat() {
    this(ElementType.FLOAT16);
  }

  /**
   * @param elementType how the numbers of new segments are written; both kinds are read
   */
  public GradientVectorsFormat(ElementType elementType) {
    super(NAME);
    this.elementType = Objects.requireNonNull(elementType, "elementType");
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return new GradientVectorsWriter(state, elementType);
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
    return NAME + "(" + elementType + ")";
  }
}
