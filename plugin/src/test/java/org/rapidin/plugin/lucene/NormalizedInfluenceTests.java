package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;
import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.Closeable;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.ElementType;

/** Products that are divided by the measures of rows rank as plain quotients in float64 do. */
public class NormalizedInfluenceTests extends GradientIndexTestCase {
  private static final int DIMENSION = 512;
  private static final Query RED = new TermQuery(new Term(COLOUR, "red"));

  private final AtomicLong reserved = new AtomicLong();
  private long limit = Long.MAX_VALUE;
  private final AtomicInteger measured = new AtomicInteger();
  private GradientCorpus corpus;
  private Directory directory;
  private DirectoryReader reader;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    corpus = new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16, DIMENSION);
    directory = mapped();
    IndexWriterConfig config =
        config(corpus, random().nextBoolean()).setMergePolicy(NoMergePolicy.INSTANCE);
    config.setMaxBufferedDocs(1000).setRAMBufferSizeMB(64);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int count : List.of(200, 20)) {
        for (int i = 0; i < count; i++) {
          corpus.add(writer, i % 5 == 0 ? null : scaled(corpus.vector(), Math.scalb(1f, i % 7)));
        }
        writer.flush();
      }
      for (int id = 0; id < corpus.ids(); id += 11) {
        corpus.delete(writer, id);
      }
    }
    reader = DirectoryReader.open(directory);
  }

  @Override
  public void tearDown() throws Exception {
    reader.close();
    directory.close();
    super.tearDown();
  }

  private static float[] scaled(float[] vector, float factor) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= factor;
    }
    return vector;
  }

  private static double norm(float[] vector) {
    return Math.sqrt(GradientCorpus.product(vector, vector));
  }

  private InfluenceQuery query(
      float[] vector, Query filter, Candidates candidates, boolean opponents) {
    return new InfluenceQuery(
            FIELD,
            vector,
            InfluenceScore.of(vector, 1, opponents),
            filter,
            candidates,
            ScanEngines.onCpu(),
            searcher -> new TimeIsUp())
        .normalized(
            new Normalization(
                "norm",
                new Normalization.Names("norm of the document", "norm of the query"),
                row -> {
                  measured.incrementAndGet();
                  return norm(row);
                },
                1,
                this::reserve));
  }

  private Optional<Closeable> reserve(long bytes) {
    if (reserved.get() + bytes > limit) {
      return Optional.empty();
    }
    reserved.addAndGet(bytes);
    return Optional.of(() -> reserved.addAndGet(-bytes));
  }

  private Map<Integer, Float> wanted(float[] vector, boolean opponents) {
    Map<Integer, Float> wanted = new TreeMap<>();
    corpus
        .stored()
        .forEach(
            (id, row) -> {
              double cosine = GradientCorpus.product(row, vector) / norm(row) / norm(vector);
              double x = opponents ? -cosine : cosine;
              wanted.put(id, (float) (1 + x / (1 + Math.abs(x))));
            });
    return wanted;
  }

  private static void assertClose(Map<Integer, Float> wanted, Map<Integer, Float> got) {
    assertEquals(wanted.keySet(), got.keySet());
    wanted.forEach((id, score) -> assertEquals("document " + id, score, got.get(id), 1e-6));
  }

  public void testEveryWayOfScoringDividesByTheMeasureOfTheRow() throws IOException {
    float[] vector = corpus.vector();
    IndexSearcher searcher = newSearcher(reader); // also through wrappers
    for (boolean opponents : new boolean[] {false, true}) {
      Map<Integer, Float> wanted = wanted(vector, opponents);
      assertClose(wanted, scores(searcher, query(vector, null, null, opponents)));
      Map<Integer, Float> red = new TreeMap<>(wanted);
      red.keySet().removeIf(id -> !GradientCorpus.colour(id).equals("red"));
      assertClose(red, scores(searcher, query(vector, RED, null, opponents)));
      Query conjunction =
          new BooleanQuery.Builder()
              .add(RED, Occur.FILTER)
              .add(query(vector, null, null, opponents), Occur.MUST)
              .build();
      assertClose(red, scores(searcher, conjunction));
      assertClose(
          best(wanted, 13),
          scores(searcher, query(vector, null, new Candidates(13, 100), opponents)));
    }
  }

  private static Map<Integer, Float> best(Map<Integer, Float> scores, int k) {
    Map<Integer, Float> best = new TreeMap<>();
    scores.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(k)
        .forEach(entry -> best.put(entry.getKey(), entry.getValue()));
    return best;
  }

  /**
   * Its product is small next to those of large rows, its cosine is not. The code of a much smaller
   * row would be that of the segment's centre.
   */
  public void testCandidatesAreChosenByTheQuotient() throws IOException {
    float[] vector = corpus.vector();
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      corpus.add(writer, vector.clone());
      corpus.add(writer, 300);
    }
    try (DirectoryReader changed = DirectoryReader.openIfChanged(reader)) {
      Map<Integer, Float> found =
          scores(new IndexSearcher(changed), query(vector, null, new Candidates(1, 3), false));
      assertEquals(List.of(corpus.ids() - 301), List.copyOf(found.keySet()));
    }
  }

  public void testARowIsMeasuredOnceWhileItsSegmentIsOpen() throws IOException {
    float[] vector = corpus.vector();
    IndexSearcher searcher = new IndexSearcher(reader);
    scores(searcher, query(vector, null, null, false));
    assertEquals(corpus.stored().size(), measured.get());
    scores(searcher, query(corpus.vector(), RED, null, true));
    scores(searcher, query(vector, null, new Candidates(13, 2), false));
    for (ScoreDoc hit : searcher.search(query(vector, null, null, false), 3).scoreDocs) {
      assertEquals(
          hit.score,
          searcher.explain(query(vector, null, null, false), hit.doc).getValue().floatValue(),
          1e-6);
    }
    assertEquals(corpus.stored().size(), measured.get());
  }

  public void testWhatIsKeptIsReservedUntilTheSegmentsAreClosed() throws IOException {
    scores(new IndexSearcher(reader), query(corpus.vector(), RED, null, false));
    long rows = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      rows += leaf.reader().getFloatVectorValues(FIELD).size();
    }
    assertEquals(rows * Long.BYTES, reserved.get());
    reader.close();
    assertEquals(0, reserved.get());
  }

  public void testWithoutRoomNothingIsKept() throws IOException {
    limit = 0;
    float[] vector = corpus.vector();
    IndexSearcher searcher = new IndexSearcher(reader);
    assertClose(wanted(vector, false), scores(searcher, query(vector, null, null, false)));
    assertClose(wanted(vector, false), scores(searcher, query(vector, null, null, false)));
    assertEquals(2L * corpus.stored().size(), measured.get());
  }

  public void testExplanationsNameTheMeasure() throws IOException {
    float[] vector = corpus.vector();
    IndexSearcher searcher = new IndexSearcher(reader);
    InfluenceQuery query = query(vector, null, null, false);
    int doc = searcher.search(query, 1).scoreDocs[0].doc;
    String explained = searcher.explain(query, doc).toString();
    assertTrue(explained, explained.contains("measure, norm of the document"));
    assertTrue(explained, explained.contains("scale, norm of the query"));
    assertFalse(explained, explained.contains("part of the score"));
  }

  public void testARowOfZerosHasNoInfluence() throws IOException {
    float[] vector = corpus.vector();
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      corpus.add(writer, new float[DIMENSION]);
    }
    try (DirectoryReader changed = DirectoryReader.openIfChanged(reader)) {
      assertEquals(
          1,
          scores(new IndexSearcher(changed), query(vector, null, null, false))
              .get(corpus.ids() - 1),
          0);
    }
  }

  public void testTheScanStopsBetweenMeasures() {
    IndexSearcher searcher = new IndexSearcher(reader);
    AtomicInteger checks = new AtomicInteger();
    searcher.setTimeout(() -> checks.incrementAndGet() > 40);
    expectThrows(TimeIsUp.class, () -> scores(searcher, query(corpus.vector(), null, null, false)));
    assertTrue("measured " + measured, measured.get() < 60);
  }
}
