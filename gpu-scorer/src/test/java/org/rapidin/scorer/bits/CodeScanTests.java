package org.rapidin.scorer.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.scorer.Scan;

class CodeScanTests {
  private static final int DIMENSION = 2048;
  private static final int ROWS = 203;

  private final SplittableRandom random = new SplittableRandom(29);

  private float[][] vectors(int count) {
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = TestVectors.normal(DIMENSION, random);
    }
    return vectors;
  }

  private List<SignQuery> queries(int count, HadamardRotation rotation, int bits) {
    List<SignQuery> queries = new ArrayList<>();
    for (float[] vector : vectors(count)) {
      queries.add(new SignQuery(rotation, bits, vector));
    }
    return queries;
  }

  /** Every engine gives the bits of the definition, however rows are stored and chosen. */
  @ParameterizedTest
  @CsvSource({
    "2048,203,256,true", "2048,203,256,false", "2048,50,320,true", "1984,50,248,true",
    "1984,1,248,true", "64,203,8,true", "64,203,64,false", "1024,7,128,true"
  })
  void estimatesAreThoseOfTheDefinition(int bits, int rowsPerPiece, long stride, boolean inPlace)
      throws IOException {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 3);
    float[] centre = TestVectors.normal(DIMENSION, random);
    TestCodes codes =
        new TestCodes(
            vectors(ROWS), new SignEncoder(rotation, bits, centre), rowsPerPiece, stride, inPlace);
    for (int q : new int[] {1, 2, 7, 16}) {
      List<SignQuery> queries = queries(q, rotation, bits);
      int[] all = IntStream.range(0, ROWS).toArray();
      int[] some = random.ints(random.nextInt(1, ROWS), 0, ROWS).distinct().sorted().toArray();
      for (BitProducts products :
          List.of(new PlainBitProducts(), new VectorBitProducts(), BitProducts.best())) {
        CodeScanEngine engine = new CpuCodeScanEngine(products);
        for (int[] rows : new int[][] {all, some}) {
          check(engine, codes, queries, rows);
        }
      }
    }
  }

  private static void check(
      CodeScanEngine engine, TestCodes codes, List<SignQuery> queries, int[] rows)
      throws IOException {
    float[] estimates = new float[queries.size() * rows.length];
    try (Scan scan = engine.open(codes, queries)) {
      scan.score(rows, rows.length, estimates);
    }
    for (int m = 0; m < queries.size(); m++) {
      SignQuery query = queries.get(m);
      double offset = query.offset(codes.centre());
      for (int i = 0; i < rows.length; i++) {
        SignCode code = codes.code(rows[i]);
        int sum = SignEstimateTests.digitsOfSetBits(code, query);
        double wanted = code.factor() * (query.step() * (2 * sum - query.digitSum())) + offset;
        assertEquals((float) wanted, estimates[m * rows.length + i], "row " + rows[i]);
      }
    }
  }

  @Test
  void asksWhetherItIsWanted() throws IOException {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 3);
    SignEncoder encoder = new SignEncoder(rotation, 64, new float[DIMENSION]);
    TestCodes codes = new TestCodes(vectors(ROWS), encoder, ROWS, 8, true);
    check(
        new CpuCodeScanEngine(),
        codes,
        queries(1, rotation, 64),
        IntStream.range(0, ROWS).toArray());
    assertEquals(ROWS / 64, codes.checks());
  }

  @Test
  void queriesThatDoNotFitAreRefused() {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 3);
    SignEncoder encoder = new SignEncoder(rotation, 64, new float[DIMENSION]);
    TestCodes codes = new TestCodes(vectors(2), encoder, 2, 8, true);
    CodeScanEngine engine = new CpuCodeScanEngine();
    SignQuery query = queries(1, rotation, 64).getFirst();
    for (int count : new int[] {0, 17}) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> engine.open(codes, Collections.nCopies(count, query)));
      assertEquals("a scan takes 1 to 16 queries, got " + count, e.getMessage());
    }
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> engine.open(codes, queries(1, rotation, 128)));
    assertEquals(
        "the codes have 64 bits of dimension 2048, the query has 128 of 2048", e.getMessage());
  }

  @Test
  void aClosedSegmentIsAnExceptionNotACrash() throws IOException {
    Arena arena = Arena.ofShared();
    CodeMatrix matrix = CodeMatrix.of(arena.allocate(16), 8, arena.allocate(8, 4), 2, 64);
    int[] rows = {0, 1};
    SignQuery query =
        new SignQuery(new HadamardRotation(64, 1), 64, TestVectors.normal(64, random));
    arena.close();
    for (BitProducts products : List.of(new PlainBitProducts(), new VectorBitProducts())) {
      assertThrows(
          IllegalStateException.class,
          () -> products.add(matrix, rows, 2, query, 0, 1, new int[2], 0));
    }
    assertThrows(IllegalStateException.class, () -> matrix.fetch(rows, 2));
  }

  @Test
  void layoutsThatDoNotFitAreRefused() {
    MemorySegment bits = MemorySegment.ofArray(new byte[64]);
    MemorySegment factors = MemorySegment.ofArray(new byte[16]);
    CodeMatrix.of(bits, 18, factors, 4, 64);
    for (Runnable bad :
        List.<Runnable>of(
            () -> CodeMatrix.of(bits, 7, factors, 4, 64),
            () -> CodeMatrix.of(bits, 19, factors, 4, 64),
            () -> CodeMatrix.of(bits, 8, factors, 5, 64),
            () -> CodeMatrix.of(bits, 8, factors, 4, 60),
            () -> new CodeMatrix(List.of(bits), 3, 8, factors, 4, 64))) {
      assertThrows(IllegalArgumentException.class, bad::run);
    }
  }
}
