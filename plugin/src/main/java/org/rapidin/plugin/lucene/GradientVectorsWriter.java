package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.index.VectorEncoding;
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
  private IndexOutput meta;
  private IndexOutput data;

  GradientVectorsWriter(SegmentWriteState state, ElementType elementType) throws IOException {
    this.elementType = elementType;
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
    GradientFieldWriter writer = new GradientFieldWriter(field, elementType, sink(field));
    fields.add(writer);
    return writer;
  }

  /**
   * The rows of the first field are written where they stay. Those of another field arrive in turn
   * with them, and an index sort changes the order: then they wait in a temporary file.
   */
  private RowSink sink(FieldInfo field) throws IOException {
    if (fields.isEmpty() && state.segmentInfo.getIndexSort() == null) {
      return new RowsOutput(data, elementType);
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
      inOrder(field.rows(), sortMap).finish(meta, field.field(), maxDoc);
    }
  }

  private RowsOutput inOrder(RowSink rows, Sorter.DocMap sortMap) throws IOException {
    return switch (rows) {
      case RowsOutput written -> written;
      case TemporaryRows temporary -> {
        RowsOutput output = new RowsOutput(data, elementType);
        temporary.copyTo(output, sortMap);
        yield output;
      }
    };
  }

  @Override
  public IORunnable mergeOneField(FieldInfo field, MergeState mergeState) throws IOException {
    requireFloats(field);
    RowsOutput output = new RowsOutput(data, elementType);
    new RowMerger(field, mergeState, elementType).copyTo(output);
    output.finish(meta, field, state.segmentInfo.maxDoc());
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
    CodecUtil.writeFooter(meta);
    CodecUtil.writeFooter(data);
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
    for (GradientFieldWriter field : fields) {
      if (field.rows() instanceof TemporaryRows temporary) {
        all.add(temporary);
      }
    }
    IOUtils.close(all);
  }
}
