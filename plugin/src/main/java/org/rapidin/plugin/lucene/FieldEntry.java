package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.rapidin.scorer.ElementType;

/**
 * What .rgm says of one field; see {@link GradientVectorsFormat}.
 *
 * @param header where the rows are and how they are written
 * @param ordToDoc which documents they belong to
 * @param codes where the codes of the rows are, or null if there are none
 * @param graph where the graph over the codes is, or null if there is none
 */
record FieldEntry(
    Header header, OrdToDocDISIReaderConfiguration ordToDoc, CodeEntry codes, GraphEntry graph) {

  /**
   * The fixed part.
   *
   * @param fieldNumber of the segment's field
   * @param similarity the field's, checked against the segment's field infos
   * @param elementType how numbers are written
   * @param dimension K
   * @param count rows
   * @param rowsOffset in .rgv
   * @param scalesOffset in .rgv
   */
  record Header(
      int fieldNumber,
      VectorSimilarityFunction similarity,
      ElementType elementType,
      int dimension,
      int count,
      long rowsOffset,
      long scalesOffset) {

    void write(IndexOutput meta) throws IOException {
      meta.writeInt(fieldNumber);
      meta.writeByte(code(similarity));
      meta.writeByte(elementType.code());
      meta.writeVInt(dimension);
      meta.writeInt(count);
      meta.writeVLong(rowsOffset);
      meta.writeVLong(scalesOffset);
    }

    /** Whether the parts follow each other as they are written. */
    private boolean isPossible(int version) {
      int alignment =
          version < GradientVectorsFormat.VERSION_PAGES
              ? GradientVectorsFormat.FLOATS_ALIGNMENT
              : GradientVectorsFormat.PAGE_BYTES;
      return count >= 0
          && rowsOffset % alignment == 0
          && follows(scalesOffset, rowsOffset, rowsLength());
    }

    long rowsLength() {
      return Math.multiplyExact((long) count, valuesLength());
    }

    int valuesLength() {
      return elementType.valuesLength(dimension);
    }

    long scalesLength() {
      return (long) count * ElementType.SCALE_BYTES;
    }
  }

  /**
   * Reads an entry whose field number was read already.
   *
   * @param field what the segment knows of the field
   * @param maxDoc documents of the segment
   * @param version of the format
   * @throws CorruptIndexException if the two disagree, or a number makes no sense
   */
  static FieldEntry read(IndexInput meta, FieldInfo field, int maxDoc, int version)
      throws IOException {
    Header header =
        new Header(
            field.number,
            similarity(meta),
            elementType(meta),
            meta.readVInt(),
            meta.readInt(),
            meta.readVLong(),
            meta.readVLong());
    if (header.similarity() != field.getVectorSimilarityFunction()
        || header.dimension() != field.getVectorDimension()) {
      throw corrupt(
          field,
          "segment infos say %s, K=%s, vectors say %s"
              .formatted(field.getVectorSimilarityFunction(), field.getVectorDimension(), header),
          meta);
    }
    if (header.count() > maxDoc || !header.isPossible(version)) {
      throw corrupt(field, "impossible " + header, meta);
    }
    OrdToDocDISIReaderConfiguration ordToDoc =
        OrdToDocDISIReaderConfiguration.fromStoredMeta(meta, header.count());
    if (ordToDoc.isDense() && header.count() != maxDoc
        || ordToDoc.isEmpty() && header.count() != 0) {
      throw corrupt(
          field, "%s rows do not fit %s documents".formatted(header.count(), maxDoc), meta);
    }
    CodeEntry codes = version < GradientVectorsFormat.VERSION_CODES ? null : CodeEntry.read(meta);
    if (codes != null && !codes.isPossible(header.dimension(), header.count())) {
      throw corrupt(field, "impossible " + codes, meta);
    }
    return new FieldEntry(header, ordToDoc, codes, null);
  }

  /**
   * Checks that everything the entry names is in the files.
   *
   * @param data .rgv
   * @param codesFile .rgc, or null if no field has codes
   * @param graphsFile .rgg, or null if no field has a graph
   * @throws CorruptIndexException otherwise
   */
  void requireInside(IndexInput data, IndexInput codesFile, IndexInput graphsFile)
      throws IOException {
    if (!isInside(data, header.scalesOffset(), header.scalesLength()) || !hasDocuments(data)) {
      throw new CorruptIndexException("the file is too short for " + header, data);
    }
    if (codes != null
        && !isInside(codesFile, codes.centreOffset(), CodeEntry.floatsLength(header.dimension()))) {
      throw new CorruptIndexException("the file is too short for " + codes, codesFile);
    }
    if (graph != null && !isInside(graphsFile, graph.offset(), graph.length(header.count()))) {
      throw new CorruptIndexException("the file is too short for " + graph, graphsFile);
    }
  }

  /** Lucene's readers of the documents refuse what is not in the file. */
  private boolean hasDocuments(IndexInput data) throws IOException {
    if (ordToDoc.isDense() || ordToDoc.isEmpty()) {
      return true;
    }
    try {
      return ordToDoc.getIndexedDISI(data) != null
          && ordToDoc.getDirectMonotonicReader(data) != null;
    } catch (IllegalArgumentException outside) {
      return false;
    }
  }

  private static boolean isInside(IndexInput file, long offset, long length) {
    return length <= file.length() - CodecUtil.footerLength() - offset;
  }

  /**
   * Whether a part begins at the first multiple of {@link GradientVectorsFormat#FLOATS_ALIGNMENT}
   * behind another.
   *
   * @param offset of the part, not negative
   * @param before offset of the other, not negative
   * @param length of the other
   */
  static boolean follows(long offset, long before, long length) {
    long gap = offset - length - before;
    return offset % GradientVectorsFormat.FLOATS_ALIGNMENT == 0
        && gap >= 0
        && gap < GradientVectorsFormat.FLOATS_ALIGNMENT;
  }

  /** The same with a graph. */
  FieldEntry with(GraphEntry overCodes) {
    return new FieldEntry(header, ordToDoc, codes, overCodes);
  }

  private static VectorSimilarityFunction similarity(IndexInput meta) throws IOException {
    byte code = meta.readByte();
    return switch (code) {
      case 0 -> VectorSimilarityFunction.EUCLIDEAN;
      case 1 -> VectorSimilarityFunction.DOT_PRODUCT;
      case 2 -> VectorSimilarityFunction.COSINE;
      case 3 -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
      default ->
          throw new CorruptIndexException("unknown similarity function %s".formatted(code), meta);
    };
  }

  // Codes of the file, not ordinals: Lucene may reorder its enum, segments stay.
  private static byte code(VectorSimilarityFunction similarity) {
    return switch (similarity) {
      case EUCLIDEAN -> 0;
      case DOT_PRODUCT -> 1;
      case COSINE -> 2;
      case MAXIMUM_INNER_PRODUCT -> 3;
    };
  }

  private static ElementType elementType(IndexInput meta) throws IOException {
    byte code = meta.readByte();
    try {
      return ElementType.ofCode(code);
    } catch (IllegalArgumentException unknown) {
      throw new CorruptIndexException(unknown.getMessage(), meta);
    }
  }

  private static CorruptIndexException corrupt(FieldInfo field, String what, IndexInput meta) {
    return new CorruptIndexException("field [%s]: %s".formatted(field.name, what), meta);
  }
}
