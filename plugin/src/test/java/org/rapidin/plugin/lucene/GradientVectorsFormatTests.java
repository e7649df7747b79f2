package org.rapidin.plugin.lucene;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.BaseKnnVectorsFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.rapidin.scorer.ElementType;

/** Lucene's own suite for vector formats, on float32 rows: it compares numbers exactly. */
public class GradientVectorsFormatTests extends BaseKnnVectorsFormatTestCase {

  @Override
  protected Codec getCodec() {
    return TestUtil.alwaysKnnVectorsFormat(new GradientVectorsFormat(ElementType.FLOAT32, 0));
  }

  @Override
  protected boolean supportsFloatVectorFallback() {
    return false;
  }

  @Override
  protected VectorEncoding randomVectorEncoding() {
    return VectorEncoding.FLOAT32;
  }

  public void testByteVectorsAreRefused() throws Exception {
    try (Directory dir = newDirectory();
        IndexWriter writer = new IndexWriter(dir, newIndexWriterConfig())) {
      Document doc = new Document();
      doc.add(new KnnByteVectorField("bytes", new byte[] {1, 2}));
      var e = expectThrows(UnsupportedOperationException.class, () -> writer.addDocument(doc));
      assertEquals("field [bytes]: gradient vectors are float32, got BYTE", e.getMessage());
    }
  }

  /** Lucene's expects that rows are on the heap: see {@link RowStreamTests}. */
  @Override
  public void testWriterRamEstimate() {}

  // What follows indexes byte vectors, which this format refuses: see testByteVectorsAreRefused.

  @Override
  public void testMergingWithDifferentByteKnnFields() {}

  @Override
  public void testWriterByteVectorRamEstimate() {}

  @Override
  public void testByteVectorScorerIteration() {}

  @Override
  public void testEmptyByteVectorData() {}

  @Override
  public void testSortedIndexBytes() {}

  @Override
  public void testRandomBytes() {}

  @Override
  public void testMismatchedFields() {}
}
