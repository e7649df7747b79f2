package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignQuery;

/** The best of more rows than are sorted at once. */
class TopKeysTests {
  private static final int ROWS = TopKeys.MANY + 12_345;

  private final Random random = new Random(19);
  private GpuScanEngine engine;

  /** How estimates are spread over the rows. */
  enum Products {
    ANY,
    /** A sample says what the best are. */
    DESCENDING,
    /** All of the best are where no sample is taken: more rows are kept than there is room for. */
    HIDDEN,
    /** Ties, so ordinals decide. */
    EQUAL
  }

  @BeforeEach
  void open() {
    FakeCuda.reset();
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, 0, 1, 2, 1, Duration.ofSeconds(20), Duration.ZERO));
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    engine.close();
    assertEquals(0, FakeCuda.live());
  }

  /** What the rows are multiplied with: all have the same bits. */
  private float factor(Products products, int row) {
    int step = Math.ceilDiv(ROWS, TopKeys.MANY / 2);
    return switch (products) {
      case ANY -> (float) random.nextGaussian();
      case DESCENDING -> ROWS - row;
      case HIDDEN -> row % step == 0 ? -row : row;
      case EQUAL -> row < ROWS / 2 ? 1 : 2;
    };
  }

  @ParameterizedTest
  @EnumSource
  void areThoseOfASortOfAll(Products products) throws IOException {
    float[] factors = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      factors[row] = factor(products, row);
    }
    Random zeros =
        new Random() {
          @Override
          public void nextBytes(byte[] bytes) {}
        };
    TestCodes codes = new TestCodes(factors, new float[64], 64, zeros);
    HadamardRotation rotation = new HadamardRotation(64, 1);
    float[] vector = TestRows.vector(64, random);
    float[] opposite = vector.clone();
    for (int i = 0; i < 64; i++) {
      opposite[i] = -vector[i];
    }
    List<SignQuery> queries =
        Stream.of(vector, opposite).map(own -> new SignQuery(rotation, 64, own)).toList();
    try (DeviceScan scan = assertInstanceOf(DeviceScan.class, engine.open(codes, queries))) {
      for (int k : new int[] {1, 700}) {
        List<TopRows> top = scan.top(k).orElseThrow();
        for (int m = 0; m < queries.size(); m++) {
          assertArrayEquals(best(codes, queries.get(m), k), top.get(m).rows(), "query " + m);
        }
      }
    }
    assertEquals(0, engine.stats().fallbacks().size());
  }

  private static int[] best(TestCodes codes, SignQuery query, int k) {
    float[] estimates = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      estimates[row] = codes.estimate(row, query) + 0f;
    }
    return IntStream.range(0, ROWS)
        .boxed()
        .sorted((a, b) -> Float.compare(estimates[b], estimates[a]))
        .limit(k)
        .mapToInt(row -> row)
        .toArray();
  }
}
