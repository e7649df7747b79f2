package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignQuery;

/** Scans of sign bits through the real JCuda, a driver without a GPU and the kernels on the CPU. */
class DeviceCodeScanTests {
  private static final int[] QUERIES = {1, 2, 8, 9, 16};

  private static final long CAPACITY = 32 << 20;

  private final Random random = new Random(13);
  private GpuScanEngine engine;

  @BeforeEach
  void open() {
    FakeCuda.reset(1, CAPACITY);
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, 0, 1, 2, 1, Duration.ofSeconds(20), Duration.ZERO));
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    engine.close();
    assertEquals(0, FakeCuda.used(0));
    assertEquals(0, FakeCuda.live());
  }

  private List<SignQuery> queries(int count, int dimension, int bits) {
    HadamardRotation rotation = new HadamardRotation(dimension, 4);
    return Stream.generate(() -> TestRows.vector(dimension, random))
        .limit(count)
        .map(vector -> new SignQuery(rotation, bits, vector))
        .toList();
  }

  private static float[] scores(Scan scan, int queries, int[] ordinals) throws IOException {
    float[] scores = new float[queries * ordinals.length];
    scan.score(ordinals, ordinals.length, scores);
    return scores;
  }

  private float[] onDevice(TestCodes codes, List<SignQuery> queries, int[] ordinals)
      throws IOException {
    try (DeviceScan scan = assertInstanceOf(DeviceScan.class, engine.open(codes, queries))) {
      return scores(scan, queries.size(), ordinals);
    }
  }

  /** The bits of the definition and of the CPU, for ranges and for lists. */
  @ParameterizedTest
  @CsvSource({"512,512,300", "4096,64,301", "4096,4096,261", "65536,65536,40", "131072,67648,17"})
  void estimatesAreThoseOfTheDefinition(int dimension, int bits, int n) throws IOException {
    TestCodes codes = new TestCodes(n, dimension, bits, random);
    int[] all = IntStream.range(0, n).toArray();
    int[] range = Arrays.copyOfRange(all, n / 5, n - 2);
    int[] list = {0, n / 3, n / 3 + 1, n - 1};
    for (int q : QUERIES) {
      List<SignQuery> queries = queries(q, dimension, bits);
      for (int[] ordinals : List.of(all, range, list)) {
        float[] scores = onDevice(codes, queries, ordinals);
        try (Scan cpu = new CpuCodeScanEngine().open(codes, queries)) {
          assertArrayEquals(scores(cpu, q, ordinals), scores);
        }
        for (int m : new int[] {0, q - 1}) {
          int i = ordinals.length - 1;
          float wanted = codes.estimate(ordinals[i], queries.get(m));
          assertEquals(wanted, scores[m * ordinals.length + i]);
        }
      }
    }
    assertEquals(Map.of(), engine.stats().fallbacks());
  }

  @Test
  void findsTheTopRowsByEstimateThenOrdinal() throws IOException {
    int n = 5000;
    TestCodes codes = new TestCodes(n, 64, 64, random);
    List<SignQuery> queries = queries(3, 64, 64);
    float[] scores = onDevice(codes, queries, IntStream.range(0, n).toArray());
    long[] accepted = random.longs(Math.ceilDiv(n, 64)).toArray();
    try (DeviceScan scan = assertInstanceOf(DeviceScan.class, engine.open(codes, queries))) {
      for (int k : new int[] {1, 1000}) {
        List<TopRows> top = scan.top(k, accepted).orElseThrow();
        for (int m = 0; m < queries.size(); m++) {
          int first = m * n;
          int[] wanted =
              IntStream.range(0, n)
                  .filter(row -> (accepted[row / 64] >> row & 1) == 1)
                  .boxed()
                  .sorted(Comparator.comparing((Integer row) -> -scores[first + row]))
                  .limit(k)
                  .mapToInt(row -> row)
                  .toArray();
          assertArrayEquals(wanted, top.get(m).rows());
        }
      }
    }
  }

  /** Codes are rows like others: one budget, and the same end. */
  @Test
  void codesAreKeptEvictedAndFreedAsRowsAre() throws IOException {
    TestCodes codes = new TestCodes(1000, 4096, 4096, random);
    List<SignQuery> queries = queries(1, 4096, 4096);
    onDevice(codes, queries, new int[] {0, 7});
    assertEquals(1000 * (512 + 4), engine.stats().uploadedBytes());
    onDevice(codes, queries, new int[] {0, 9});
    assertEquals(1, engine.stats().residentSegments());
    assertEquals(1000 * (512 + 4), engine.stats().uploadedBytes());

    // More than is free, less than is free without the codes.
    int rows = (int) ((CAPACITY - FakeCuda.used(0)) / (4096 * 4)) + 10;
    TestRows large = new TestRows(ElementType.FLOAT32, rows, 4096, random);
    assertEquals(Optional.empty(), engine.warm(large));
    assertEquals(1, engine.stats().evictions());
    large.segment().close();

    assertEquals(Optional.empty(), engine.warm(codes));
    assertEquals(1, engine.stats().residentSegments());
    codes.segment().close();
    assertEquals(0, engine.stats().residentSegments());
  }

  /** A failing driver costs time only: the CPU gives the same bits. */
  @Test
  void theCpuGoesOnWhereTheDeviceFails() throws IOException {
    TestCodes codes = new TestCodes(100, 512, 512, random);
    List<SignQuery> queries = queries(2, 512, 512);
    int[] all = IntStream.range(0, 100).toArray();
    float[] wanted = onDevice(codes, queries, all);
    try (Scan scan = engine.open(codes, queries)) {
      FakeCuda.fail("cuLaunchKernel", 0, 2, 1);
      assertArrayEquals(wanted, scores(scan, 2, all));
    }
    assertEquals(Map.of("out_of_memory", 1L), engine.stats().fallbacks());
    try (Scan scan = engine.open(new TestCodes(0, 512, 512, random), queries)) {
      assertEquals(0, scores(scan, 2, new int[0]).length);
    }
    assertEquals(1, engine.stats().fallbacks().get("few_rows"));
  }
}
