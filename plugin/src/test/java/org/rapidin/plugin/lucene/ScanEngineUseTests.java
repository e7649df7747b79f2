package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.tests.search.QueryUtils;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** What a search asks of the engine that it was given. */
public class ScanEngineUseTests extends OpenIndexTestCase {
  public ScanEngineUseTests() {
    super(256, 300, 40);
  }

  public void testTheSizeOfBlocksDoesNotChangeScores() throws IOException {
    float[] vector = corpus.vector();
    Map<Integer, Float> expected = scores(new IndexSearcher(reader), query(vector));
    for (int preferred : new int[] {1, 7, 64, 1000, Integer.MAX_VALUE}) {
      CountingEngine engine = new CountingEngine(preferred);
      assertEquals(expected, scores(new IndexSearcher(reader), query(vector, engine)));
      assertEquals(expected.size(), engine.rows.get());
      assertTrue(engine.largestBlock.get() <= preferred);
    }
  }

  public void testEveryScanIsClosedEvenIfItFails() throws IOException {
    CountingEngine engine = new CountingEngine(50);
    scores(new IndexSearcher(reader), query(corpus.vector(), engine));
    assertTrue(engine.opened.get() > 0);
    assertEquals(engine.opened.get(), engine.closed.get());
    engine.failure = new IllegalStateException("Already closed");
    expectThrows(
        AlreadyClosedException.class,
        () -> scores(new IndexSearcher(reader), query(corpus.vector(), engine)));
    assertEquals(engine.opened.get(), engine.closed.get());
  }

  public void testACopyOfRowsStopsWhenNobodyWaitsForIt() throws IOException {
    AtomicInteger checks = new AtomicInteger();
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setTimeout(() -> checks.incrementAndGet() > 1);
    // Copies piece by piece when it is opened, as an engine of a device does.
    ScanEngine copying =
        (rows, queries) -> {
          byte[] row = new byte[rows.elementType().rowLength(rows.dimension())];
          for (int i = 0; i < rows.rows(); i++) {
            MemorySegment target = MemorySegment.ofArray(row);
            rows.read(i, 1, target, 512, target.asSlice(512));
          }
          throw new AssertionError("copied to the end");
        };
    InfluenceQuery query = query(corpus.vector(), copying);
    expectThrows(TimeIsUp.class, () -> scores(searcher, query));
    assertEquals(2, checks.get());
  }

  public void testALargeBlockThatFallsBackToTheCpuStopsWithinOneChunk() throws IOException {
    AtomicInteger checks = new AtomicInteger();
    IndexSearcher searcher = new IndexSearcher(reader);
    CountingEngine engine = new CountingEngine(Integer.MAX_VALUE);
    InfluenceQuery query = query(corpus.vector(), engine);
    int hits = scores(searcher, query).size();
    // Documents are checked when they are collected into a block; one more check is in the block.
    searcher.setTimeout(() -> checks.incrementAndGet() > Math.ceilDiv(hits, ScanLimit.ROWS) + 1);
    expectThrows(TimeIsUp.class, () -> scores(searcher, query));
  }

  public void testConjunctionsAskNoEngineForSingleRows() throws IOException {
    CountingEngine engine = new CountingEngine(50);
    Query both =
        new BooleanQuery.Builder()
            .add(query(corpus.vector(), engine), Occur.MUST)
            .add(new TermQuery(new Term(GradientCorpus.COLOUR, "red")), Occur.FILTER)
            .build();
    assertFalse(scores(new IndexSearcher(reader), both).isEmpty());
    assertEquals(0, engine.opened.get());
  }

  public void testTheEngineIsNoPartOfEquality() {
    float[] vector = corpus.vector();
    QueryUtils.checkEqual(query(vector), query(vector, new CountingEngine(1)));
  }

  public void testASegmentHasOneKeyForAllItsReadersUntilItIsClosed() throws IOException {
    Set<SegmentKey> keys = keys(reader);
    assertEquals(reader.leaves().size(), keys.size());
    AtomicInteger closed = new AtomicInteger();
    try (DirectoryReader other = DirectoryReader.open(directory)) {
      Set<SegmentKey> others = keys(other);
      others.forEach(key -> key.onClose(closed::incrementAndGet));
      others.retainAll(keys);
      assertEquals("other cores are other keys", Set.of(), others);
      assertEquals(keys(other), keys(other));
    }
    assertEquals(reader.leaves().size(), closed.get());
  }

  private static Set<SegmentKey> keys(DirectoryReader reader) throws IOException {
    Set<SegmentKey> keys = new HashSet<>();
    for (var leaf : reader.leaves()) {
      SegmentMatrix.open(leaf.reader(), FIELD)
          .ifPresent(matrix -> keys.add(matrix.key().orElseThrow()));
    }
    return keys;
  }

  private static InfluenceQuery query(float[] vector, ScanEngine engine) {
    return query(FIELD, vector, InfluenceScore.of(vector, SCALE, false), engine);
  }

  /** Counts what it passes to the CPU. */
  private static final class CountingEngine implements ScanEngine {
    private final int preferred;
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger rows = new AtomicInteger();
    private final AtomicInteger largestBlock = new AtomicInteger();
    private volatile RuntimeException failure;

    CountingEngine(int preferred) {
      this.preferred = preferred;
    }

    @Override
    public Scan open(SegmentRows segment, List<float[]> queries) {
      Scan scan = new CpuScanEngine().open(segment, queries);
      opened.incrementAndGet();
      return new Scan() {
        @Override
        public int preferredRows() {
          return preferred;
        }

        @Override
        public void score(int[] ords, int count, float[] products) throws IOException {
          if (failure != null) {
            throw failure;
          }
          rows.addAndGet(count);
          largestBlock.accumulateAndGet(count, Math::max);
          scan.score(ords, count, products);
        }

        @Override
        public void close() {
          closed.incrementAndGet();
          scan.close();
        }
      };
    }
  }
}
