package org.rapidin.plugin.codec;

import java.io.IOException;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.codecs.StoredFieldsWriter;
import org.apache.lucene.codecs.lucene90.Lucene90StoredFieldsFormat;
import org.apache.lucene.codecs.lucene90.compressing.Lucene90CompressingStoredFieldsFormat;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;

/**
 * Lucene's stored fields for speed, with {@link SampledLz4} in segments that are flushed. The files
 * are Lucene's: it reads them, and its writer merges them, which copies whole chunks only of
 * readers that have its own mode.
 */
final class SampledStoredFields extends StoredFieldsFormat {
  // As in Lucene90StoredFieldsFormat.
  private static final StoredFieldsFormat FLUSHED =
      new Lucene90CompressingStoredFieldsFormat(
          "Lucene90StoredFieldsFastData", new SampledLz4(), 10 * 8 * 1024, 1024, 10);

  private final StoredFieldsFormat lucenes;

  private SampledStoredFields(StoredFieldsFormat lucenes) {
    this.lucenes = lucenes;
  }

  /**
   * @param format of a codec that compresses for speed
   * @return the format itself where it is not Lucene's
   */
  static StoredFieldsFormat of(StoredFieldsFormat format) {
    return format.getClass() == Lucene90StoredFieldsFormat.class
        ? new SampledStoredFields(format)
        : format;
  }

  @Override
  public StoredFieldsReader fieldsReader(
      Directory directory, SegmentInfo segment, FieldInfos fields, IOContext context)
      throws IOException {
    return lucenes.fieldsReader(directory, segment, fields, context);
  }

  @Override
  public StoredFieldsWriter fieldsWriter(
      Directory directory, SegmentInfo segment, IOContext context) throws IOException {
    if (context.context() == IOContext.Context.MERGE) {
      return lucenes.fieldsWriter(directory, segment, context);
    }
    segment.putAttribute(
        Lucene90StoredFieldsFormat.MODE_KEY, Lucene90StoredFieldsFormat.Mode.BEST_SPEED.name());
    return FLUSHED.fieldsWriter(directory, segment, context);
  }
}
