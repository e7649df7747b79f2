package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.rapidin.scorer.ElementType;

/** Stores gradient vectors as aligned rows, scanned exactly. */
public final class GradientVectorsFormat extends KnnVectorsFormat {
  /** The name under which segments find this format again. */
  public static final String NAME = "RapidInGradientVectors";

  /** Most numbers of a vector. */
  public static final int MAX_DIMENSION = 1 << 20;

  private final ElementType elementType;

  /** For Lucene, which reads segments by name; writes float16 rows. */
  public GradientVectorsFormat() {
    this(ElementType.FLOAT16);
  }

  /**
   * @param elementType how the numbers of new segments are written; both kinds are read
   */
  public GradientVectorsFormat(ElementType elementType) {
    super(NAME);
    this.elementType = elementType;
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    throw new UnsupportedOperationException("comes with the next commit: " + elementType);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    throw new UnsupportedOperationException("comes with the next commit");
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return MAX_DIMENSION;
  }
}
