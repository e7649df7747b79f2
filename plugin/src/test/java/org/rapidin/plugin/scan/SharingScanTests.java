package org.rapidin.plugin.scan;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.After;
import org.junit.Before;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** Searches that wait are scored in the passes of others, with the bits of their own. */
public class SharingScanTests extends OpenSearchTestCase {
  private static final int ROWS = 3000;
  private static final int DIMENSION = 64;
  private static final int BLOCK = 64;
  private static final ShardId SHARD = new ShardId("index", "uuid", 0);

  private final AtomicLong reserved = new AtomicLong();
  private final CountingEngine engine = new CountingEngine();
  private ThreadPool threadPool;
  private ScanPermits permits;
  private Rows rows;
  private final AtomicInteger refused = new AtomicInteger();
  private long room = Long.MAX_VALUE;

  @Before
  public void start() {
    threadPool = new TestThreadPool(getTestName());
    permits = new ScanPermits(threadPool, 1, 1000, this::reserve);
    rows = new Rows(matrix());
  }

  @After
  public void stop() {
    terminate(threadPool);
    assertEquals(0, reserved.get());
  }

  private Releasable reserve(long bytes) {
    if (reserved.get() + bytes > room) {
      refused.incrementAndGet();
      throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
    }
    reserved.addAndGet(bytes);
    return () -> reserved.addAndGet(-bytes);
  }

  /** A search of a shard. */
  private final class Search {
    private final float[] vector;
    private final ScanTicket ticket;
    private final PlainActionFuture<Boolean> admitted = new PlainActionFuture<>();

    Search(Optional<ShardId> shard, String field) {
      vector = vector();
      ticket = new ScanTicket(permits, null, OptionalLong.empty(), shard);
      ticket.acquire(field, vector, admitted);
    }

    Search() {
      this(Optional.of(SHARD), "g");
    }

    /** Scores some rows in blocks, as a search does, with an answer. */
    void run(int from, int to) throws Exception {
      assertTrue(admitted.get(10, TimeUnit.SECONDS));
      try (Scan scan = ticket.sharing(engine).open(rows, List.of(vector))) {
        for (int first = from; first < to; first += BLOCK) {
          int[] ordinals = IntStream.range(first, Math.min(to, first + BLOCK)).toArray();
          float[] products = new float[ordinals.length];
          scan.score(ordinals, ordinals.length, products);
          float[] alone = new float[ordinals.length];
          new CpuScanEngine().open(rows, List.of(vector)).score(ordinals, alone.length, alone);
          assertArrayEquals(alone, products, 0f);
        }
      }
    }

    void runAndAnswer() throws Exception {
      run(0, ROWS);
      ticket.close();
    }
  }

  public void testASearchWithoutRoomIsAskedOnce() throws Exception {
    room = 0;
    List<Search> searches = searches(5);
    for (Search search : searches) {
      search.runAndAnswer();
    }
    // Four waited for the first one, which looks several times.
    assertEquals(4, refused.get());
  }

  private List<Search> searches(int count) {
    List<Search> searches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      searches.add(new Search());
    }
    return searches;
  }

  public void testSixteenSearchesShareOnePass() throws Exception {
    for (Search search : searches(16)) {
      search.runAndAnswer();
    }
    assertEquals(ROWS, engine.rows.get());
    assertEquals(16, engine.mostQueries.get());
  }

  public void testMoreThanAScanTakesShareTheNextPass() throws Exception {
    for (Search search : searches(40)) {
      search.runAndAnswer();
    }
    assertEquals(3 * ROWS, engine.rows.get());
  }

  public void testASearchThatComesDuringAPassJoinsItAndComputesTheRest() throws Exception {
    Search first = new Search();
    first.run(0, 1600);
    Search second = new Search();
    first.run(1600, ROWS);
    first.ticket.close();
    second.runAndAnswer();
    assertTrue(engine.rows.get() + " rows", engine.rows.get() <= ROWS + 1600 + BLOCK);
  }

  public void testAFailedPassFailsNobodyElse() throws Exception {
    List<Search> searches = searches(3);
    engine.failAfter = 1000;
    expectThrows(IllegalStateException.class, () -> searches.get(0).run(0, ROWS));
    engine.failAfter = Integer.MAX_VALUE;
    searches.get(0).ticket.close();
    searches.get(1).runAndAnswer();
    searches.get(2).runAndAnswer();
    assertTrue(engine.rows.get() + " rows", engine.rows.get() <= ROWS + 1000 + 2 * BLOCK);
  }

  public void testOnlySearchesOfTheSameRowsShareThem() throws Exception {
    List<Search> searches =
        List.of(
            new Search(),
            new Search(Optional.of(SHARD), "h"),
            new Search(Optional.of(new ShardId("index", "uuid", 1)), "g"),
            new Search(Optional.empty(), "g"));
    for (Search search : searches) {
      search.runAndAnswer();
    }
    assertEquals(4 * ROWS, engine.rows.get());
  }

  public void testWithoutMemoryEachScansAlone() throws Exception {
    room = ROWS * Float.BYTES - 1;
    for (Search search : searches(3)) {
      search.runAndAnswer();
    }
    assertEquals(3 * ROWS, engine.rows.get());
  }

  public void testNothingIsComputedForSearchesThatNoLongerWait() throws Exception {
    List<Search> searches = searches(3);
    searches.get(1).ticket.close();
    searches.get(0).runAndAnswer();
    assertEquals(2, engine.mostQueries.get());
    searches.get(2).runAndAnswer();
    assertEquals(ROWS, engine.rows.get());
  }

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  private static RowMatrix matrix() {
    ElementType type = ElementType.FLOAT16;
    byte[] values = new byte[ROWS * type.valuesLength(DIMENSION)];
    byte[] scales = new byte[ROWS * ElementType.SCALE_BYTES];
    for (int i = 0; i < ROWS; i++) {
      byte[] row = type.encode(vector());
      int length = type.valuesLength(DIMENSION);
      System.arraycopy(row, 0, values, i * length, length);
      System.arraycopy(row, length, scales, i * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
    return new RowMatrix(
        Arena.ofAuto().allocate(values.length).copyFrom(MemorySegment.ofArray(values)),
        MemorySegment.ofArray(scales),
        type,
        ROWS,
        DIMENSION);
  }

  private record Rows(RowMatrix matrix) implements SegmentRows {
    private record Key() implements SegmentKey {
      @Override
      public void onClose(Runnable listener) {}
    }

    @Override
    public ElementType elementType() {
      return matrix.elementType();
    }

    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public int dimension() {
      return matrix.dimension();
    }

    @Override
    public List<RowPiece> mapped() {
      return List.of(new RowPiece(0, matrix));
    }

    @Override
    public void read(
        int first, int count, MemorySegment values, long valuesStride, MemorySegment scales) {
      matrix.read(first, count, values, valuesStride, scales);
    }

    @Override
    public Optional<SegmentKey> key() {
      return Optional.of(new Key());
    }
  }

  /** Counts what it passes to the CPU. */
  private static final class CountingEngine implements ScanEngine {
    private final AtomicInteger rows = new AtomicInteger();
    private final AtomicInteger mostQueries = new AtomicInteger();
    private int failAfter = Integer.MAX_VALUE;

    @Override
    public Scan open(SegmentRows segment, List<float[]> queries) {
      Scan scan = new CpuScanEngine().open(segment, queries);
      return new Scan() {
        @Override
        public int preferredRows() {
          return scan.preferredRows();
        }

        @Override
        public void score(int[] ordinals, int count, float[] products) throws IOException {
          if (rows.addAndGet(count) > failAfter) {
            throw new IllegalStateException("closed");
          }
          mostQueries.accumulateAndGet(queries.size(), Math::max);
          scan.score(ordinals, count, products);
        }

        @Override
        public void close() {
          scan.close();
        }
      };
    }
  }
}
