package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.weights.WeightCache;

class PassBudgetTests extends AttributorTestCase {
  /**
   * Every pass has 100 MiB in addition to its arrays; a tiny model's arrays are nothing next to it.
   */
  private static final long PASS = 100L << 20;

  /** The largest part of the model: the table and the normalization of its head. */
  private static final long HEAD_BYTES = (258 * 16 + 16) * Float.BYTES;

  @Test
  void largeModelsComputeFewerTokensAtATime() {
    long mebibyte = 1 << 20;
    assertEquals(2048, PassBudget.tokensOnCpu(tokens -> tokens * mebibyte / 16)); // 64 MiB
    assertEquals(1024, PassBudget.tokensOnCpu(tokens -> tokens * mebibyte / 4)); // 256 MiB
    assertEquals(512, PassBudget.tokensOnCpu(tokens -> tokens * mebibyte * 4 / 5)); // 819 MiB
  }

  @Test
  void passesAreReservedAndReturned() throws IOException {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor attributor = open(cache)) {
      long idle = cache.budget().usage().reservedBytes();
      attributor.documents(samples(40));
      attributor.query(samples(1).getFirst(), new TokenSelection.All(), true);
      assertEquals(idle, cache.budget().usage().reservedBytes());
      assertTrue(cache.budget().usage().peakBytes() > idle + PASS);
    }
  }

  /** By hand and by automatic differentiation, two short texts are computed when a model opens. */
  @Test
  void openingReservesThePassesThatCompareTheMethods() throws IOException {
    WeightCache cache = new WeightCache(1L << 30, 1L << 30);
    try (Attributor _ = open(cache)) {
      MemoryBudget.Usage usage = cache.budget().usage();
      assertTrue(usage.peakBytes() > usage.reservedBytes() + PASS, usage.toString());
    }
  }

  @Test
  void aTextThatCanNeverFitIsTheUsersFaultAndNamesTheNumbers() throws IOException {
    WeightCache cache = new WeightCache(PASS, PASS);
    try (Attributor attributor = open(cache)) {
      Sample text = new Sample("Q", " this is");
      GradientResult.Failure failure =
          assertInstanceOf(
              GradientResult.Failure.class, attributor.documents(List.of(text)).getFirst());
      String message = failure.reason();
      assertTrue(message.matches(".*text of \\d+ tokens needs \\d+ bytes of native.*"), message);
      assertTrue(message.contains("plugins.rapidin.native.limit"), message);
      IllegalArgumentException query =
          assertThrows(
              IllegalArgumentException.class,
              () -> attributor.query(text, new TokenSelection.All(), false));
      assertEquals(message, query.getMessage());
    }
  }

  @Test
  void aPassEvictsWeightsAndGetsTheSameVector() throws IOException {
    WeightCache roomy = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor wanted = open(roomy)) {
      long weights = roomy.models().getFirst().totalBytes();
      WeightCache tight = new WeightCache(PASS + weights + (1L << 20), ENOUGH);
      try (Attributor attributor = open(tight)) {
        List<Sample> samples = samples(3);
        List<GradientResult> vectors = wanted.documents(samples);
        List<GradientResult> got = attributor.documents(samples);
        for (int i = 0; i < samples.size(); i++) {
          assertArrayEquals(vector(vectors.get(i)), vector(got.get(i)), 1e-5f);
        }
        assertTrue(tight.budget().usage().peakBytes() <= PASS + weights + (1L << 20));
      }
    }
  }

  /** All weights may stay in memory, but there is no room for them next to a pass. */
  @Test
  void whatAPassConvertsIsReservedWithIt() throws IOException {
    long tokenizer = 10 * Files.size(directory(spec()).tokenizer());
    long limit = PASS + (72 << 10) + tokenizer;
    long streaming = mostReservedNextToWeights(new WeightCache(limit, 1));
    assertTrue(streaming > PASS + HEAD_BYTES + tokenizer, "%s bytes".formatted(streaming));
    assertEquals(streaming, mostReservedNextToWeights(new WeightCache(limit, ENOUGH)));
  }

  /**
   * What a tokenizer, adapters and a pass have reserved, as seen between the layers of some passes.
   */
  private long mostReservedNextToWeights(WeightCache cache) throws IOException {
    AtomicLong most = new AtomicLong();
    try (Attributor attributor = open(cache)) {
      for (int i = 0; i < 3; i++) {
        attributor.documents(
            samples(1),
            () -> {
              long weights = cache.models().getFirst().residentBytes();
              most.accumulateAndGet(cache.budget().usage().reservedBytes() - weights, Math::max);
              return false;
            });
      }
    }
    return most.get();
  }

  @Test
  @Timeout(value = 40, unit = TimeUnit.SECONDS)
  void aCancelledPassDoesNotWaitForMemory() throws Exception {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor attributor = open(cache)) {
      MemoryBudget budget = cache.budget();
      long free = budget.limitBytes() - budget.usage().reservedBytes();
      AtomicInteger asked = new AtomicInteger();
      try (MemoryBudget.Reservation _ = budget.reserve("another pass", free, 0)) {
        assertThrows(
            CancellationException.class,
            () -> attributor.documents(samples(1), () -> asked.incrementAndGet() > 5));
      }
      assertEquals(0, budget.usage().refused());
    }
  }

  @Test
  void cancelledTextsAreNotTokenized() throws IOException {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor attributor = open(cache)) {
      AtomicInteger asked = new AtomicInteger();
      CancellationException e =
          assertThrows(
              CancellationException.class,
              () -> attributor.documents(samples(40), () -> asked.incrementAndGet() > 20));
      assertEquals(DocumentTexts.class.getName(), e.getStackTrace()[0].getClassName());
    }
  }

  /** Checks run passes too: their memory counts like that of documents. */
  @Test
  void aCheckThatDoesNotFitSaysSo() throws IOException {
    WeightCache cache = new WeightCache(PASS, PASS);
    try (Attributor attributor = open(cache)) {
      CheckReport report = attributor.check();
      for (String check : List.of("probe_loss", "batch_invariance", "gradient")) {
        Finding finding =
            report.findings().stream()
                .filter(one -> one.check().equals(check))
                .findFirst()
                .orElseThrow();
        assertEquals(Status.WARNING, finding.status(), finding.toString());
        assertTrue(finding.message().contains("bytes of native memory"), finding.message());
      }
      assertTrue(cache.budget().usage().peakBytes() < PASS);
    }
  }
}
