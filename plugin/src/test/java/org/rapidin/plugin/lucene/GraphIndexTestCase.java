package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.IOUtils;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.rapidin.scorer.ElementType;

/** An index of which one segment has a graph over its codes, and a smaller one has none. */
public abstract class GraphIndexTestCase extends GradientIndexTestCase {
  static final int DIMENSION = 512;
  static final int GRAPH_ROWS = 300;
  static final int DOCUMENTS = 3000;
  static final Candidates CANDIDATES = new Candidates(5, 6);

  static GradientCorpus corpus;
  static Directory directory;
  static DirectoryReader reader;

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

  static List<float[]> topics() {
    return IntStream.range(0, 250).mapToObj(i -> corpus.vector()).toList();
  }

  static float[] near(float[] topic) {
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

  /** Sizes of the segments' graphs, 0 for none. */
  static List<Integer> graphs(DirectoryReader reader) throws IOException {
    List<Integer> sizes = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
      sizes.add(matrix.graph().map(graph -> graph.size()).orElse(0));
    }
    return sizes;
  }

  /**
   * Of 60 queries that are near documents, at least nine in ten of the best five are found. On
   * average it is 97 in 100; a query whose search ends in another part of the graph misses all
   * five.
   */
  static void assertRecall(DirectoryReader index, Query filter, boolean opponents)
      throws IOException {
    IndexSearcher searcher = new IndexSearcher(index);
    List<float[]> vectors = List.copyOf(corpus.stored().values());
    int found = 0;
    for (int i = 0; i < 60; i++) {
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
    assertTrue("found " + found, found >= 270);
  }

  static Set<Integer> best(Map<Integer, Float> scores) {
    return scores.entrySet().stream()
        .sorted(Map.Entry.<Integer, Float>comparingByValue().reversed())
        .limit(CANDIDATES.k())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  static InfluenceQuery query(
      float[] vector, Query filter, Candidates candidates, boolean opponents) {
    return query(vector, filter, candidates, opponents, ScanEngines.onCpu());
  }

  static InfluenceQuery query(
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
