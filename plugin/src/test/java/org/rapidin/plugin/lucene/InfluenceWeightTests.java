package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.tests.search.QueryUtils;

/** How the query behaves inside a search: slices, boosts, timeouts, hidden fields, explanations. */
public class InfluenceWeightTests extends OpenIndexTestCase {
  public InfluenceWeightTests() {
    super(512, 250, 50);
  }

  public void testSlicesOfSegmentsGiveTheSameBits() throws IOException {
    InfluenceQuery query = query(corpus.vector());
    Map<Integer, Float> whole = scores(new IndexSearcher(reader), query);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int docs : new int[] {33, 100, 200}) {
        IndexSearcher sliced =
            new IndexSearcher(reader, threads) {
              @Override
              protected LeafSlice[] slices(List<LeafReaderContext> leaves) {
                return slices(leaves, docs, 1, true);
              }
            };
        assertEquals(whole, scores(sliced, query));
      }
    }
  }

  public void testALuceneSearcherFindsNoFault() throws IOException {
    QueryUtils.check(random(), query(corpus.vector()), newSearcher(reader));
  }

  public void testABoostMultipliesScores() throws IOException {
    InfluenceQuery query = query(corpus.vector());
    IndexSearcher searcher = new IndexSearcher(reader);
    Map<Integer, Float> plain = scores(searcher, query);
    Map<Integer, Float> boosted = scores(searcher, new BoostQuery(query, 3));
    plain.forEach((id, score) -> assertEquals(3 * score, boosted.get(id), 1e-5));
  }

  public void testAScanStopsWithinOneChunkOfItsTimeout() throws IOException {
    AtomicInteger checks = new AtomicInteger();
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setTimeout(() -> checks.incrementAndGet() > 2);
    float[] vector = corpus.vector();
    InfluenceQuery query = query(vector);
    Weight weight = searcher.createWeight(query, ScoreMode.COMPLETE, 1);
    LeafReaderContext leaf =
        Collections.max(reader.leaves(), Comparator.comparing(each -> each.reader().maxDoc()));
    Counter counter = new Counter();
    expectThrows(
        TimeIsUp.class,
        () -> weight.bulkScorer(leaf).score(counter, null, 0, leaf.reader().maxDoc()));
    assertEquals(2 * ScanLimit.ROWS, counter.collected);
    checks.set(0);
    Scorer scorer = weight.scorer(leaf);
    expectThrows(
        TimeIsUp.class,
        () -> {
          while (scorer.iterator().nextDoc() < leaf.reader().maxDoc()) {
            scorer.score();
          }
        });
  }

  public void testAHiddenFieldHasNoScores() throws IOException {
    InfluenceQuery query = query(corpus.vector());
    assertFalse(scores(new IndexSearcher(reader), query).isEmpty());
    DirectoryReader hidden = new HidingReader(reader);
    assertTrue(scores(new IndexSearcher(hidden), query).isEmpty());
    LeafReaderContext leaf = hidden.leaves().get(0);
    for (int doc = 0; doc < 20; doc++) {
      assertTrue(LeafInfluence.open(leaf, FIELD).product(doc, new RawInfluence(query)).isEmpty());
    }
  }

  public void testAnotherDimensionIsRefusedByName() {
    var e =
        expectThrows(
            IllegalArgumentException.class,
            () -> scores(new IndexSearcher(reader), query(new float[] {1, 2})));
    assertEquals("field [gradient] has dimension 512, the query vector has 2", e.getMessage());
  }

  public void testAnExplanationNamesEachPartAndNoNumberOfAVector() throws IOException {
    InfluenceQuery query = query(corpus.vector());
    IndexSearcher searcher = new IndexSearcher(reader);
    for (var hit : searcher.search(query, 10).scoreDocs) {
      Explanation explanation = searcher.explain(query, hit.doc);
      assertTrue(explanation.isMatch());
      assertEquals(hit.score, explanation.getValue().floatValue(), 1e-6f);
      String text = explanation.toString();
      for (String part :
          List.of("[gradient]", "proponents first", "raw", "scale", "norm", "boost")) {
        assertTrue(text, text.contains(part));
      }
    }
    var noVector = searcher.explain(query("elsewhere", query.vector()), 0);
    assertFalse(noVector.isMatch());
    assertEquals("no vector in field [elsewhere]", noVector.getDescription());
  }

  public void testQueriesAreEqualByContent() {
    float[] vector = corpus.vector();
    QueryUtils.checkEqual(query(vector), query(vector.clone()));
    QueryUtils.checkUnequal(query(vector), query(corpus.vector()));
    QueryUtils.checkUnequal(query(vector), query("elsewhere", vector));
    var e =
        expectThrows(IllegalArgumentException.class, () -> query(FIELD, new float[] {1, 0f / 0}));
    assertTrue(e.getMessage(), e.getMessage().contains("a vector must be finite, number 1"));
  }

  private static InfluenceQuery query(String field, float[] vector) {
    return query(field, vector, new InfluenceScore(1, false));
  }

  private static final class Counter implements LeafCollector {
    private int collected;

    @Override
    public void setScorer(Scorable scorer) {}

    @Override
    public void collect(int doc) {
      collected++;
    }
  }

  /** Hides fields as field-level security does: the field infos alone. */
  private static final class HidingReader extends FilterDirectoryReader {
    HidingReader(DirectoryReader in) throws IOException {
      super(
          in,
          new SubReaderWrapper() {
            @Override
            public LeafReader wrap(LeafReader leaf) {
              return new FilterLeafReader(leaf) {
                @Override
                public FieldInfos getFieldInfos() {
                  return FieldInfos.EMPTY;
                }

                @Override
                public CacheHelper getCoreCacheHelper() {
                  return null;
                }

                @Override
                public CacheHelper getReaderCacheHelper() {
                  return null;
                }
              };
            }
          });
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new HidingReader(in);
    }

    @Override
    public IndexReader.CacheHelper getReaderCacheHelper() {
      return null;
    }
  }
}
