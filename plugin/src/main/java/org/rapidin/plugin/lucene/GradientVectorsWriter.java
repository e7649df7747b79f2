package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IORunnable;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.RamUsageEstimator;
import org.rapidin.scorer.ElementType;

/**
 * Writes {@link GradientVectorsFormat}. Rows are written as documents arrive: on the heap each
 * leaves a few bytes.
 */
final class GradientVectorsWriter extends KnnVectorsWriter {
  private static final long SHALLOW_BYTES =
      RamUsageEstimator.shallowSizeOfInstance(GradientVectorsWriter.class);

  private final ElementType elementType;
  private final SegmentWriteState state;
  private final List<GradientFieldWriter> fields = new ArrayList<>();
  private final int codeBits;
  private final int graphRows;
  private final List<WrittenCodes> written = new ArrayList<>();
  // Of the merge that the segment is written by, or null.
  private MergeState merge;
  private IndexOutput meta;
  private IndexOutput data;
  // Opened for the first field that has codes.
  private IndexOutput codes;
  private IndexOutput graphs;

  /**
   * @param codeBits B, or 0 for no codes
   * @param graphRows least rows of a segment with a graph, or 0 for no graphs
   */
  GradientVectorsWriter(
      SegmentWriteState state, ElementType elementType, int codeBits, int graphRows)
      throws IOException {
    this.graphRows = graphRows;
    this.elementType = elementType;
    this.codeBits = codeBits;
    this.state = state;
    boolean success = false;
    try {
      meta = open(GradientVectorsFormat.META_EXTENSION, GradientVectorsFormat.META_CODEC);
      data = open(GradientVectorsFormat.DATA_EXTENSION, GradientVectorsFormat.DATA_CODEC);
      success = true;
    } finally {
      if (!success) {
        IOUtils.closeWhileHandlingException(this);
      }
    }
  }

  private IndexOutput open(String extension, String codec) throws IOException {
    String name =
        IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
    IndexOutput output = state.directory.createOutput(name, state.context);
    boolean success = false;
    try {
      CodecUtil.writeIndexHeader(
          output,
          codec,
          GradientVectorsFormat.VERSION_CURRENT,
          state.segmentInfo.getId(),
          state.segmentSuffix);
      success = true;
      return output;
    } finally {
      if (!success) {
        IOUtils.closeWhileHandlingException(output);
      }
    }
  }

  /**
   * @throws UnsupportedOperationException for byte vectors: a gradient has float numbers
   */
  @Override
  public KnnFieldVectorsWriter<?> addField(FieldInfo field) throws IOException {
    requireFloats(field);
    CentreSum centre = codeBits == 0 ? null : new CentreSum(field.getVectorDimension());
    GradientFieldWriter writer = new GradientFieldWriter(field, elementType, sink(field), centre);
    fields.add(writer);
    return writer;
  }

  /**
   * The rows of the first field are written where they stay. Those of another field arrive in turn
   * with them, an index sort changes the order, and codes need the mean of all rows: then they wait
   * in a temporary file.
   */
  private RowSink sink(FieldInfo field) throws IOException {
    if (fields.isEmpty() && state.segmentInfo.getIndexSort() == null && codeBits == 0) {
      return new RowsOutput(data, elementType, null);
    }
    return new TemporaryRows(
        state.directory,
        data.getName(),
        elementType.rowLength(field.getVectorDimension()),
        state.context);
  }

  @Override
  public void flush(int maxDoc, Sorter.DocMap sortMap) throws IOException {
    for (GradientFieldWriter field : fields) {
      field.requireWhole();
      add(inOrder(field, sortMap).finish(meta, field.field(), maxDoc));
    }
  }

  private void add(WrittenCodes codesOfField) {
    if (codesOfField != null) {
      written.add(codesOfField);
    }
  }

  private RowsOutput inOrder(GradientFieldWriter field, Sorter.DocMap sortMap) throws IOException {
    return switch (field.rows()) {
      case RowsOutput written -> written;
      case TemporaryRows temporary -> {
        CodesOutput codesOutput = hasCodes(temporary.count()) ? codesOutput(field.centre()) : null;
        RowsOutput output = new RowsOutput(data, elementType, codesOutput);
        temporary.copyTo(output, sortMap);
        yield output;
      }
    };
  }

  private boolean hasCodes(int rows) {
    return codeBits > 0 && rows >= CodeEntry.FEW_ROWS;
  }

  private CodesOutput codesOutput(float[] centre) throws IOException {
    if (codes == null) {
      codes = open(GradientVectorsFormat.CODES_EXTENSION, GradientVectorsFormat.CODES_CODEC);
    }
    return new CodesOutput(codes, elementType, codeBits, centre);
  }

  @Override
  public IORunnable mergeOneField(FieldInfo field, MergeState mergeState) throws IOException {
    requireFloats(field);
    merge = mergeState;
    RowMerger rows = new RowMerger(field, mergeState, elementType);
    CodesOutput codesOutput = hasCodes(rows.count()) ? codesOutput(rows.centre()) : null;
    RowsOutput output = new RowsOutput(data, elementType, codesOutput);
    rows.copyTo(output);
    add(output.finish(meta, field, state.segmentInfo.maxDoc()));
    return null;
  }

  private static void requireFloats(FieldInfo field) {
    if (field.getVectorEncoding() != VectorEncoding.FLOAT32) {
      throw new UnsupportedOperationException(
          "field [%s]: gradient vectors are float32, got %s"
              .formatted(field.name, field.getVectorEncoding()));
    }
  }

  @Override
  public void finish() throws IOException {
    meta.writeInt(-1);
    CodecUtil.writeFooter(data);
    if (codes != null) {
      CodecUtil.writeFooter(codes);
      writeGraphs(written.stream().filter(this::hasGraph).toList());
    }
    meta.writeInt(-1);
    CodecUtil.writeFooter(meta);
  }

  /** Only merges build graphs: a flush may run on a thread that writes, and cannot be aborted. */
  private boolean hasGraph(WrittenCodes codesOfField) {
    return merge != null && graphRows > 0 && codesOfField.rows() >= graphRows;
  }

  /** Builds the graphs over codes that are read where they were written. */
  private void writeGraphs(List<WrittenCodes> ofFields) throws IOException {
    if (ofFields.isEmpty()) {
      return;
    }
    codes.close();
    graphs = open(GradientVectorsFormat.GRAPHS_EXTENSION, GradientVectorsFormat.GRAPHS_CODEC);
    try (IndexInput input = state.directory.openInput(codes.getName(), IOContext.DEFAULT)) {
      for (WrittenCodes each : ofFields) {
        writeGraph(each, input);
      }
    }
    CodecUtil.writeFooter(graphs);
  }

  /** Writes none if the heap has no room: then the codes are scanned. */
  private void writeGraph(WrittenCodes ofField, IndexInput input) throws IOException {
    Optional<Closeable> heap = GraphOutput.reserve(ofField.rows());
    if (heap.isEmpty()) {
      return;
    }
    try (Closeable _ = heap.get()) {
      int dimension = ofField.field().getVectorDimension();
      StoredCodes stored =
          StoredCodes.open(ofField.entry(), ofField.rows(), dimension, input, null);
      meta.writeInt(ofField.field().number);
      GraphOutput.write(GraphOutput.build(stored, merge::checkAborted), graphs).write(meta);
    }
  }

  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + fields.stream().mapToLong(GradientFieldWriter::ramBytesUsed).sum();
  }

  @Override
  public void close() throws IOException {
    List<Closeable> all = new ArrayList<>();
    all.add(meta);
    all.add(data);
    all.add(codes);
    all.add(graphs);
    for (GradientFieldWriter field : fields) {
      if (field.rows() instanceof TemporaryRows temporary) {
        all.add(temporary);
      }
    }
    IOUtils.close(all);
  }
}
