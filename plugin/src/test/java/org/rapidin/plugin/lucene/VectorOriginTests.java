package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Bits;
import org.rapidin.scorer.ElementType;

/** Who made a row, and from which text, is stored with it and survives deletes, merges, sorts. */
public class VectorOriginTests extends GradientIndexTestCase {
  private static final String FIELD = "gradient";
  private final Map<Integer, VectorOrigin> written = new TreeMap<>();

  public void testOriginsStayWithTheirRowsThroughMergesAndSorts() throws IOException {
    for (boolean sorted : new boolean[] {false, true}) {
      written.clear();
      GradientCorpus corpus = new GradientCorpus(random(), 256, ElementType.FLOAT16);
      try (Directory directory = newDirectory();
          IndexWriter writer = new IndexWriter(directory, config(corpus, sorted))) {
        for (int id = 0; id < 60; id++) {
          // Stale ones from before a DELETE with force, foreign ones, documents without a vector,
          // and rows of a version that recorded nothing.
          add(writer, corpus, id, id % 7 == 6 ? null : origin(id));
          if (id % 20 == 19) {
            writer.flush();
          }
        }
        for (int id = 0; id < 60; id += 9) {
          writer.deleteDocuments(new Term(GradientCorpus.ID, "" + id));
          written.remove(id);
        }
        assertOrigins(writer);
        assertCounts(writer);
        writer.forceMerge(1);
        assertOrigins(writer);
        assertCounts(writer);
        assertOneDictionaryEntryPerFingerprint(writer);
      }
    }
  }

  private static VectorOrigin origin(int id) {
    return switch (id % 3) {
      case 0 -> new VectorOrigin("current", new byte[] {(byte) id, 1});
      case 1 -> new VectorOrigin("of-before", new byte[] {(byte) id, 2});
      default -> VectorOrigin.foreign();
    };
  }

  private void add(IndexWriter writer, GradientCorpus corpus, int id, VectorOrigin origin)
      throws IOException {
    Document document = new Document();
    document.add(new StringField(GradientCorpus.ID, "" + id, Field.Store.YES));
    document.add(new NumericDocValuesField(GradientCorpus.SORT_KEY, (id * 31) % 17));
    if (id % 10 != 5) {
      document.add(
          new KnnFloatVectorField(
              FIELD, corpus.vector(), VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
      if (origin != null) {
        origin.fields(FIELD).forEach(document::add);
      }
      written.put(id, origin);
    }
    writer.addDocument(document);
  }

  private void assertOrigins(IndexWriter writer) throws IOException {
    Map<Integer, VectorOrigin> found = new TreeMap<>();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      for (LeafReaderContext leaf : reader.leaves()) {
        VectorOrigins origins = VectorOrigins.open(leaf.reader(), FIELD);
        Bits live = leaf.reader().getLiveDocs();
        for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
          Optional<VectorOrigin> origin = origins.of(doc);
          if (origin.isPresent() && (live == null || live.get(doc))) {
            found.put(id(leaf.reader().storedFields(), doc), origin.get());
          }
        }
      }
    }
    Map<Integer, VectorOrigin> recorded = new TreeMap<>(written);
    recorded.values().removeIf(origin -> origin == null);
    assertEquals(recorded, found);
  }

  private void assertCounts(IndexWriter writer) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      long current = count("current");
      long stale = count("of-before");
      long foreign = count(VectorOrigin.FOREIGN);
      long unrecorded = written.values().stream().filter(origin -> origin == null).count();
      assertEquals(
          new VectorCounts(reader.numDocs() - written.size(), current, stale, foreign, unrecorded),
          VectorCounts.of(reader, reader.numDocs(), FIELD, "current"));
      assertEquals(
          new VectorCounts(
              reader.numDocs() - written.size(), 0, current + stale, foreign, unrecorded),
          VectorCounts.of(reader, reader.numDocs(), FIELD, "of nobody"));
      assertEquals(
          new VectorCounts(reader.numDocs(), 0, 0, 0, 0),
          VectorCounts.of(reader, reader.numDocs(), "elsewhere", "current"));
    }
  }

  private long count(String fingerprint) {
    return written.values().stream()
        .filter(origin -> origin != null && origin.fingerprint().equals(fingerprint))
        .count();
  }

  private static void assertOneDictionaryEntryPerFingerprint(IndexWriter writer)
      throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      SortedDocValues made =
          reader
              .leaves()
              .getFirst()
              .reader()
              .getSortedDocValues(VectorOrigin.fingerprintField(FIELD));
      assertEquals(3, made.getValueCount());
    }
  }
}
