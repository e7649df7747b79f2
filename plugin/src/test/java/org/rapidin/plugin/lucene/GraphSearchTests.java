package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;
import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.RamUsageTester;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;

/** A query in candidates mode, on segments with graphs over their codes. */
public class GraphSearchTests extends GradientIndexTestCase {
  private static final int DIMENSION = 512;
  private static final int GRAPH_ROWS = 300;
  private static final int DOCUMENTS = 3000;
  private static final Query RED = new TermQuery(new Term(COLOUR, "red"));
  private static final Query BLUE = new TermQuery(new Term(COLOUR, "blue"));
  private static final Candidates CANDIDATES = new Candidates(5, 6);

  private static GradientCorpus corpus;
  private static Directory directory;
  private static DirectoryReader reader;

  /** Topics, so that documents have neighbours, as gradients have. */
  @BeforeClass
  public static void createIndex() throws IOException {
    corpus = new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16, DIMENSION, GRAPH_ROWS);
    directory = random().nextBoolean() ? mapped() : new ByteBuffersDirectory();
    boolean sorted = random().nextBoolean();
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, sorted))) {
      List<float[]> topics = topics();
      for (int i = 0; i < DOCUMENTS; i++) {
        corpus.add(writer, near(topics.get(i % topics.size())));
        if (i == DOCUMENTS / 2) {
          writer.flush(); // so that there is something to merge
        }
      }
      writer.forceMerge(1);
    }
    IndexWriterConfig config = config(corpus, sorted).setMergePolicy(NoMergePolicy.INSTANCE);
    config.setMaxBufferedDocs(DOCUMENTS).setRAMBufferSizeMB(64);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      corpus.add(writer, GRAPH_ROWS); // flushed, so without a graph
      for (int id = 0; id < corpus.ids(); id += 11) {
        corpus.delete(writer, id);
      }
    }
    reader = DirectoryReader.open(directory);
  }

  private static List<float[]> topics() {
    return IntStream.range(0, 250).mapToObj(i -> corpus.vector()).toList();
  }

  private static float[] near(float[] topic) {
    float[] vector = corpus.vector();
    for (int i = 0; i < vector.length; i++) {
      vector[i] += topic[i];
    }
    return vector;
  }

  @AfterClass
  public static void closeIndex() throws IOException {
    IOUtils.close(reader, directory);
    reader = null;
    directory = null;
    corpus = null;
  }

  public void testLargeSegmentsHaveGraphsAndTheirIndexIsWhole() throws IOException {
    TestUtil.checkIndex(directory);
    List<Integer> rows = graphs(reader).stream().sorted().toList();
    assertEquals(2, rows.size());
    assertEquals(0, (int) rows.get(0));
    assertEquals(DOCUMENTS, (int) rows.get(1));
  }

  /** Sizes of the segments' graphs, 0 for none. */
  private static List<Integer> graphs(DirectoryReader reader) throws IOException {
    List<Integer> sizes = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
      sizes.add(matrix.graph().map(graph -> graph.size()).orElse(0));
    }
    return sizes;
  }

  /** All graphs that are being made share a part of the heap. */
  public void testAGraphThatDoesNotFitIntoTheHeapIsNotMade() throws IOException {
    long most = Runtime.getRuntime().maxMemory() / 16 / GraphOutput.HEAP_BYTES;
    assertTrue(GraphOutput.reserve(most + 1).isEmpty());
    try (Closeable half = GraphOutput.reserve(most / 2 + 1).orElseThrow()) {
      assertNotNull(half);
      assertTrue(GraphOutput.reserve(most / 2 + 1).isEmpty());
    }
    GraphOutput.reserve(most).orElseThrow().close();
  }

  public void testFindsWhatIsBestWithExactScores() throws IOException {
    for (boolean opponents : new boolean[] {false, true}) {
      assertRecall(reader, null, opponents);
    }
  }

  public void testFilterAndDeletionsAreHonouredDuringTheSearch() throws IOException {
    assertRecall(reader, BLUE, false);
    assertRecall(reader, BLUE, true);
  }

  /** The large segment is scanned, too, if few documents are accepted or many are wanted. */
  public void testAGraphIsSearchedWhereThatIsFaster() throws IOException {
    assertEquals(1, codeScans(null, CANDIDATES));
    assertEquals(2, codeScans(RED, CANDIDATES));
    assertEquals(2, codeScans(null, new Candidates(20, 20)));
  }

  /** How many segments have all their codes scanned. */
  private static int codeScans(Query filter, Candidates candidates) throws IOException {
    AtomicInteger scans = new AtomicInteger();
    CodeScanEngine counting =
        (codes, queries) -> {
          scans.incrementAndGet();
          return new CpuCodeScanEngine().open(codes, queries);
        };
    ScanEngines engines = new ScanEngines(new CpuScanEngine(), counting);
    float[] vector = near(corpus.stored().get(1));
    Query query = query(vector, filter, candidates, false, engines);
    assertEquals(candidates.k(), new IndexSearcher(reader).count(query));
    return scans.get();
  }

  public void testMergedSegmentsHaveAGraphOfAllRows() throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, isSorted()))) {
      writer.forceMerge(1);
    }
    TestUtil.checkIndex(directory);
    try (DirectoryReader merged = DirectoryReader.openIfChanged(reader)) {
      assertEquals(List.of(corpus.stored().size()), graphs(merged));
      assertRecall(merged, null, false);
      assertRecall(merged, BLUE, false);
    }
  }

  public void testAFaultWhileAGraphIsMadeLeavesTheLastCommit() throws IOException {
    for (Class<?> below : List.of(GradientVectorsWriter.class, GraphOutput.class)) {
      try (MockDirectoryWrapper failing = newMockDirectory()) {
        GradientCorpus small =
            new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16, DIMENSION, 64);
        TieredMergePolicy merges = new TieredMergePolicy();
        merges.setNoCFSRatio(0);
        IndexWriterConfig config =
            config(small, false)
                .setMergeScheduler(new SerialMergeScheduler())
                .setMergePolicy(merges)
                .setUseCompoundFile(false);
        config.setMaxBufferedDocs(500).setRAMBufferSizeMB(64);
        IndexWriter writer = new IndexWriter(failing, config);
        small.add(writer, 150);
        writer.flush();
        small.add(writer, 150);
        writer.commit();
        int committed = small.stored().size();
        WhileAGraphIsWritten fault = new WhileAGraphIsWritten(below);
        failing.failOn(fault);
        fault.setDoFail();
        expectThrows(IOException.class, () -> writer.forceMerge(1));
        fault.clearDoFail();
        writer.rollback();
        try (DirectoryReader whole = DirectoryReader.open(failing)) {
          assertEquals(committed, rows(whole));
        }
        for (String file : failing.listAll()) {
          assertFalse(file, file.endsWith(".tmp"));
        }
        TestUtil.checkIndex(failing);
      }
    }
  }

  private static int rows(DirectoryReader reader) throws IOException {
    int rows = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      rows += SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow().rows();
    }
    return rows;
  }

  /** Fails what the directory does while a graph is made, or while its rows are written. */
  private static final class WhileAGraphIsWritten extends MockDirectoryWrapper.Failure {
    private final Class<?> below;

    WhileAGraphIsWritten(Class<?> below) {
      this.below = below;
    }

    @Override
    public void eval(MockDirectoryWrapper directory) throws IOException {
      String method = below == GraphOutput.class ? "write" : "writeGraphs";
      if (doFail && callStackContains(below, method)) {
        throw new IOException("on purpose");
      }
    }
  }

  public void testAMergeThatIsAbortedStopsMakingItsGraph() throws IOException {
    SegmentMatrix matrix = largest();
    int[] checks = new int[1];
    IOException stopped =
        expectThrows(
            IOException.class,
            () ->
                GraphOutput.build(
                    matrix.codes().orElseThrow(),
                    () -> {
                      if (++checks[0] == 10) {
                        throw new IOException("aborted");
                      }
                    }));
    assertEquals("aborted", stopped.getMessage());
    assertEquals(10, checks[0]);
  }

  /** A row costs what the limit of rows assumes. */
  public void testAGraphTakesLessHeapThanIsAssumed() throws IOException {
    SegmentMatrix matrix = largest();
    OnHeapHnswGraph graph = GraphOutput.build(matrix.codes().orElseThrow(), () -> {});
    long bytes = RamUsageTester.ramUsed(graph);
    assertTrue(
        "bytes a row: " + bytes / matrix.rows(), bytes < GraphOutput.HEAP_BYTES * matrix.rows());
  }

  private static SegmentMatrix largest() throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
      if (matrix.rows() == DOCUMENTS) {
        return matrix;
      }
    }
    throw new AssertionError("no large segment");
  }

  private static boolean isSorted() {
    return reader.leaves().getFirst().reader().getMetaData().sort() != null;
  }

  /** Of ten queries that are near documents, at least nine in ten of the best five are found. */
  private static void assertRecall(DirectoryReader index, Query filter, boolean opponents)
      throws IOException {
    IndexSearcher searcher = new IndexSearcher(index);
    List<float[]> vectors = List.copyOf(corpus.stored().values());
    int found = 0;
    for (int i = 0; i < 10; i++) {
      float[] query = near(vectors.get(random().nextInt(vectors.size())));
      for (int j = 0; opponents && j < query.length; j++) {
        query[j] = -query[j];
      }
      Map<Integer, Float> exact = scores(searcher, query(query, filter, null, opponents));
      Map<Integer, Float> candidates =
          scores(searcher, query(query, filter, CANDIDATES, opponents));
      assertEquals(CANDIDATES.k(), candidates.size());
      candidates.forEach((id, score) -> assertEquals(exact.get(id), score));
      Set<Integer> both = new TreeSet<>(candidates.keySet());
      both.retainAll(best(exact));
      found += both.size();
    }
    assertTrue("found " + found, found >= 45);
  }

  private static Set<Integer> best(Map<Integer, Float> scores) {
    return scores.entrySet().stream()
        .sorted(Map.Entry.<Integer, Float>comparingByValue().reversed())
        .limit(CANDIDATES.k())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static InfluenceQuery query(
      float[] vector, Query filter, Candidates candidates, boolean opponents) {
    return query(vector, filter, candidates, opponents, ScanEngines.onCpu());
  }

  private static InfluenceQuery query(
      float[] vector, Query filter, Candidates candidates, boolean opponents, ScanEngines engines) {
    return new InfluenceQuery(
        FIELD,
        vector,
        InfluenceScore.of(vector, SCALE, opponents),
        filter,
        candidates,
        engines,
        searcher -> new TimeIsUp());
  }
}
