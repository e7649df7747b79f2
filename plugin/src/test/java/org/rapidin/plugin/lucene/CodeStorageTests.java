package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignCode;
import org.rapidin.scorer.bits.SignEncoder;

/** The codes of an index are those of its rows. */
public class CodeStorageTests extends GradientIndexTestCase {
  private static final int DIMENSION = 512;
  private static final int BITS = 256;

  public void testEachRowHasItsCodeAfterFlushAndMerge() throws IOException {
    for (ElementType type : ElementType.values()) {
      for (boolean isMapped : new boolean[] {false, true}) {
        try (Directory directory = isMapped ? mapped() : new ByteBuffersDirectory()) {
          assertCodes(directory, new GradientCorpus(random(), DIMENSION, type, BITS));
        }
      }
    }
  }

  private static void assertCodes(Directory directory, GradientCorpus corpus) throws IOException {
    boolean sorted = random().nextBoolean();
    IndexWriterConfig config =
        config(corpus, sorted).setMergePolicy(NoMergePolicy.INSTANCE).setUseCompoundFile(false);
    config.setMaxBufferedDocs(1000).setRAMBufferSizeMB(64);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int count : new int[] {130, 10, 200}) {
        corpus.add(writer, count);
        writer.flush();
      }
    }
    assertEquals(2, segmentsWithRightCodes(directory));
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, sorted))) {
      writer.forceMerge(1);
    }
    assertEquals(1, segmentsWithRightCodes(directory));
  }

  private static int segmentsWithRightCodes(Directory directory) throws IOException {
    int found = 0;
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      for (LeafReaderContext leaf : reader.leaves()) {
        SegmentMatrix rows = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
        if (rows.codes().isPresent()) {
          assertEquals(BITS, rows.codes().get().bits());
          assertCodesOf(rows, rows.codes().get());
          found++;
        }
      }
    }
    return found;
  }

  /** The codes are those of the rows, and their centre is the mean of the rows. */
  static void assertCodesOf(SegmentMatrix rows, SegmentCodes codes) throws IOException {
    assertCentre(rows, codes.centre());
    assertCodesOfRows(rows, codes);
  }

  /** The codes are those of the rows with their centre, which may be that of other rows. */
  static void assertCodesOfRows(SegmentMatrix rows, SegmentCodes codes) throws IOException {
    assertEquals(rows.rows(), codes.rows());
    SignEncoder encoder =
        new SignEncoder(CodeRotation.of(rows.dimension()), codes.bits(), codes.centre());
    for (int ord = 0; ord < rows.rows(); ord++) {
      SignCode wanted = encoder.encode(rows.row(ord));
      byte[] bits = new byte[codes.bits() / Byte.SIZE];
      byte[] factor = new byte[Float.BYTES];
      codes.read(ord, 1, MemorySegment.ofArray(bits), bits.length, MemorySegment.ofArray(factor));
      assertArrayEquals(wanted.bits(), bits);
      assertEquals(
          wanted.factor(),
          MemorySegment.ofArray(factor).get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0),
          0);
    }
  }

  /** No document was deleted, so that the centre is the mean: of a merge the mean of the means. */
  private static void assertCentre(SegmentMatrix rows, float[] centre) throws IOException {
    double[] sum = new double[rows.dimension()];
    for (int ord = 0; ord < rows.rows(); ord++) {
      float[] row = rows.row(ord);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += row[i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      // Rows are rounded to their element type, the mean that codes are centred on is not.
      assertEquals(sum[i] / rows.rows(), centre[i], 0.01);
    }
  }
}
