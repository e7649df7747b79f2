package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Bits;
import org.rapidin.scorer.ElementType;

/** What is stored of a vector, and where. */
public class GradientRowsTests extends GradientIndexTestCase {

  public void testRowsKeepTheirBitsThroughMergesAndSorts() throws IOException {
    for (boolean sorted : new boolean[] {false, true}) {
      assertKeepsBits(new GradientCorpus(random(), 65_536, ElementType.FLOAT16), sorted);
      assertKeepsBits(new GradientCorpus(random(), 1000, ElementType.FLOAT32), sorted);
      assertKeepsBits(new GradientCorpus(random(), 1000, ElementType.INT8), sorted);
    }
  }

  private void assertKeepsBits(GradientCorpus corpus, boolean sorted) throws IOException {
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config(corpus, sorted))) {
      for (int segment = 0; segment < 3; segment++) {
        corpus.add(writer, 8);
        writer.flush();
      }
      corpus.delete(writer, 3);
      assertBits(corpus, writer);
      writer.forceMerge(1);
      assertBits(corpus, writer);
    }
  }

  public void testAChangeOfElementTypeIsTakenUpByTheNextMerge() throws IOException {
    GradientCorpus corpus = new GradientCorpus(random(), 1000, ElementType.FLOAT16);
    try (Directory directory = mapped()) {
      try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
        corpus.add(writer, 20);
      }
      GradientCorpus wide = new GradientCorpus(random(), 1000, ElementType.FLOAT32);
      IndexWriterConfig config = config(corpus, false).setCodec(wide.codec());
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        corpus.add(writer, (float[]) null);
        writer.flush();
        writer.forceMerge(1);
        assertBits(corpus, writer);
      }
    }
  }

  public void testMappedRowsAreScoredInPlaceAndOthersAreCopied() throws IOException {
    GradientCorpus corpus = new GradientCorpus(random(), 4096, ElementType.FLOAT16);
    try (Directory mapped = mapped();
        Directory heap = new ByteBuffersDirectory()) {
      assertEquals(true, isMapped(mapped, corpus));
      assertEquals(false, isMapped(heap, corpus));
    }
  }

  private static boolean isMapped(Directory directory, GradientCorpus corpus) throws IOException {
    try (IndexWriter writer =
        new IndexWriter(directory, config(corpus, false).setUseCompoundFile(false))) {
      corpus.add(writer, corpus.vector());
    }
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      var matrix = SegmentMatrix.open(reader.leaves().get(0).reader(), FIELD, 4096).orElseThrow();
      matrix.mapped().forEach(piece -> assertEquals(0, piece.matrix().values().address() % 4096));
      return matrix.mapped().size() == 1;
    }
  }

  public void testExtremesStayFiniteAndInOrder() throws IOException {
    GradientCorpus corpus = new GradientCorpus(random(), 256, ElementType.FLOAT16);
    float[] sizes = {-1e38f, -1, -1e-5f, -1e-40f, 0, Float.MIN_VALUE, 1e-40f, 1e-5f, 1, 1e38f};
    try (Directory directory = mapped()) {
      try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
        for (float size : sizes) {
          corpus.add(writer, filled(size));
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        for (float querySize : new float[] {1e-40f, 1, 1e38f}) {
          Map<Integer, Float> scores = scores(new IndexSearcher(reader), query(filled(querySize)));
          assertEquals(sizes.length, scores.size());
          for (int i = 1; i < sizes.length; i++) {
            assertTrue(scores.get(i) >= 0 && scores.get(i) <= 2);
            assertTrue("query " + querySize + ": " + scores, scores.get(i - 1) <= scores.get(i));
          }
          assertTrue(scores.get(1) < scores.get(2) && scores.get(2) < scores.get(4));
          assertTrue(scores.get(4) < scores.get(7) && scores.get(7) < scores.get(8));
        }
      }
    }
  }

  private static float[] filled(float size) {
    float[] vector = new float[256];
    Arrays.fill(vector, size);
    return vector;
  }

  private static void assertBits(GradientCorpus corpus, IndexWriter writer) throws IOException {
    Map<Integer, float[]> found = new TreeMap<>();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (LeafReaderContext leaf : reader.leaves()) {
        FloatVectorValues values = leaf.reader().getFloatVectorValues(FIELD);
        if (values == null) {
          continue;
        }
        Bits live = leaf.reader().getLiveDocs();
        StoredFields fields = leaf.reader().storedFields();
        KnnVectorValues.DocIndexIterator iterator = values.iterator();
        while (iterator.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
          assertEquals(iterator.docID(), values.ordToDoc(iterator.index()));
          if (live == null || live.get(iterator.docID())) {
            found.put(id(fields, iterator.docID()), values.vectorValue(iterator.index()).clone());
          }
        }
      }
    }
    assertEquals(corpus.stored().keySet(), found.keySet());
    corpus.stored().forEach((id, vector) -> assertArrayEquals(vector, found.get(id), 0f));
  }
}
