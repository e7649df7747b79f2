package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;
import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;

/** A query in candidates mode, on a real index with codes. */
public class CandidateSearchTests extends GradientIndexTestCase {
  private static final int DIMENSION = 512;
  private static final Query RED = new TermQuery(new Term(COLOUR, "red"));

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
      // The last segment has too few rows for codes.
      for (int count : List.of(300, 150, 400, 20)) {
        corpus.add(writer, count);
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

  public void testSegmentsWithRowsEnoughHaveCodes() throws IOException {
    int[] coded = new int[2];
    for (var leaf : reader.leaves()) {
      SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
      assertEquals(matrix.rows() >= CodeEntry.FEW_ROWS, matrix.codes().isPresent());
      coded[matrix.codes().isPresent() ? 1 : 0]++;
    }
    assertEquals(1, coded[0]);
    assertEquals(3, coded[1]);
  }

  public void testIfAllAreRescoredTheResultIsTheExactOne() throws IOException {
    float[] vector = corpus.vector();
    for (Query filter : new Query[] {null, RED}) {
      for (boolean opponents : new boolean[] {false, true}) {
        for (int k : List.of(1, 10, 37)) {
          Candidates all = new Candidates(k, 100);
          assertEquals(
              best(scores(searcher(), query(vector, filter, null, opponents)), k),
              scores(searcher(), query(vector, filter, all, opponents)));
        }
      }
    }
  }

  public void testNoMoreThanKMatchWithTheirExactScores() throws IOException {
    float[] vector = corpus.vector();
    Map<Integer, Float> exact = scores(searcher(), query(vector, null, null, false));
    Map<Integer, Float> found =
        scores(searcher(), query(vector, null, new Candidates(20, 3), false));
    assertEquals(20, found.size());
    found.forEach((id, score) -> assertEquals(exact.get(id), score));
  }

  /** A document of the top has an estimate far above the rest: it is never missed. */
  public void testADocumentThatStandsOutIsFound() throws IOException {
    float[] vector = corpus.vector();
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      corpus.add(writer, vector);
      corpus.add(writer, 100);
    }
    try (DirectoryReader changed = DirectoryReader.openIfChanged(reader)) {
      Map<Integer, Float> found =
          scores(new IndexSearcher(changed), query(vector, null, new Candidates(1, 1), false));
      assertEquals(List.of(corpus.ids() - 101), List.copyOf(found.keySet()));
    }
  }

  public void testTheStrongestOpponentIsFound() throws IOException {
    float[] vector = corpus.vector();
    float[] opposite = vector.clone();
    for (int i = 0; i < opposite.length; i++) {
      opposite[i] = -opposite[i];
    }
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      corpus.add(writer, opposite);
      corpus.add(writer, 100);
    }
    try (DirectoryReader changed = DirectoryReader.openIfChanged(reader)) {
      Map<Integer, Float> found =
          scores(new IndexSearcher(changed), query(vector, null, new Candidates(1, 1), true));
      assertEquals(List.of(corpus.ids() - 101), List.copyOf(found.keySet()));
    }
  }

  public void testFilterAndDeletionsAreHonouredBeforeCandidatesAreChosen() throws IOException {
    float[] vector = corpus.vector();
    Map<Integer, Float> found =
        scores(searcher(), query(vector, RED, new Candidates(30, 1), false));
    assertEquals(30, found.size());
    for (int id : found.keySet()) {
      assertEquals("red", GradientCorpus.colour(id));
      assertTrue("deleted", corpus.stored().containsKey(id));
    }
  }

  public void testMergedSegmentsFindTheSame() throws IOException {
    float[] vector = corpus.vector();
    // The centre changes and with it the estimates, but hardly one of the best is missed.
    Candidates many = new Candidates(10, 50);
    Map<Integer, Float> before = scores(searcher(), query(vector, null, many, false));
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      writer.forceMerge(1);
    }
    try (DirectoryReader merged = DirectoryReader.openIfChanged(reader)) {
      assertEquals(1, merged.leaves().size());
      assertTrue(
          SegmentMatrix.open(merged.leaves().getFirst().reader(), FIELD)
              .orElseThrow()
              .codes()
              .isPresent());
      Map<Integer, Float> after =
          scores(new IndexSearcher(merged), query(vector, null, many, false));
      assertEquals(10, after.size());
      after.keySet().retainAll(before.keySet());
      assertTrue(before + " " + after, after.size() >= 9);
      after.forEach((id, score) -> assertEquals(before.get(id), score));
    }
  }

  public void testExplainSaysWhoIsNotAmongTheCandidates() throws IOException {
    InfluenceQuery query = query(corpus.vector(), null, new Candidates(5, 2), false);
    IndexSearcher searcher = searcher();
    var hits = searcher.search(query, 1000);
    assertEquals(5, hits.scoreDocs.length);
    for (var hit : hits.scoreDocs) {
      assertEquals(hit.score, searcher.explain(query, hit.doc).getValue().floatValue(), 0);
    }
    int matching = 0;
    for (int doc = 0; doc < reader.maxDoc(); doc++) {
      matching += searcher.explain(query, doc).isMatch() ? 1 : 0;
    }
    assertEquals(5, matching);
  }

  public void testWithoutScoresTheSameDocumentsMatch() throws IOException {
    assertEquals(7, searcher().count(query(corpus.vector(), null, new Candidates(7, 2), false)));
  }

  /** OpenSearch makes weights that it does not search with, and one for each explained hit. */
  public void testOneSearchServesAllWeightsAndNoneRunsBeforeDocumentsAreWanted()
      throws IOException {
    AtomicInteger scans = new AtomicInteger();
    CodeScanEngine counting =
        (codes, queries) -> {
          scans.incrementAndGet();
          return new CpuCodeScanEngine().open(codes, queries);
        };
    float[] vector = corpus.vector();
    InfluenceQuery query =
        query(vector, new Candidates(5, 2), new ScanEngines(new CpuScanEngine(), counting));
    IndexSearcher searcher = searcher();
    searcher.createWeight(query, ScoreMode.COMPLETE, 1);
    assertEquals(0, scans.get());
    for (ScoreDoc hit : searcher.search(query, 10).scoreDocs) {
      searcher.explain(query, hit.doc);
    }
    assertEquals("segments with codes", 3, scans.get());
  }

  /** OpenSearch takes a timeout for one only while it collects. */
  public void testATimeoutIsThrownWhileDocumentsAreCollected() throws IOException {
    IndexSearcher searcher = searcher();
    searcher.setTimeout(() -> true);
    Weight weight =
        searcher.createWeight(
            query(corpus.vector(), null, new Candidates(5, 2), false), ScoreMode.COMPLETE, 1);
    LeafReaderContext leaf = reader.leaves().getFirst();
    DocIdSetIterator docs = weight.scorer(leaf).iterator();
    expectThrows(TimeIsUp.class, docs::nextDoc);
  }

  private IndexSearcher searcher() {
    return new IndexSearcher(reader);
  }

  private static Map<Integer, Float> best(Map<Integer, Float> scores, int k) {
    Map<Integer, Float> best = new TreeMap<>();
    scores.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(k)
        .forEach(entry -> best.put(entry.getKey(), entry.getValue()));
    return best;
  }

  private static InfluenceQuery query(float[] vector, Candidates candidates, ScanEngines engines) {
    return new InfluenceQuery(
        FIELD,
        vector,
        InfluenceScore.of(vector, SCALE, false),
        null,
        candidates,
        engines,
        searcher -> new TimeIsUp());
  }

  private static InfluenceQuery query(
      float[] vector, Query filter, Candidates candidates, boolean opponents) {
    return new InfluenceQuery(
        FIELD,
        vector,
        InfluenceScore.of(vector, SCALE, opponents),
        filter,
        candidates,
        ScanEngines.onCpu(),
        searcher -> new TimeIsUp());
  }
}
