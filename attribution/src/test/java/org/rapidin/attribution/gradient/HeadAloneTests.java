package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.sketch.VocabularySketch;

/**
 * Products at the head against their definition in double, and what a pass for them does not do.
 */
class HeadAloneTests extends GradientComputerTestCase {
  private static final long SEED = 9;

  /** Of 13 tokens: some share a bucket. */
  private static final int BUCKETS = 4;

  private static final List<String> NAMES = List.of("lm_head.weight", "lm_head.input");

  private static NDManager manager;
  private static FusedKernels kernels;

  @BeforeAll
  static void load() {
    manager = TestRuntime.get().newManager();
    kernels = FusedKernels.load(manager);
  }

  @AfterAll
  static void free() {
    kernels.close();
    manager.close();
  }

  private static GradientComputer automatic(TinyModel model, int buckets) {
    VocabularySketch vocabulary =
        new VocabularySketch(model.decoder().config().vocabularySize(), buckets, SEED);
    return GradientComputer.ofHead(model.manager(), model.decoder(), vocabulary);
  }

  private static List<GradientComputer> computers(TinyModel model, int buckets) {
    GradientComputer automatic = automatic(model, buckets);
    return List.of(automatic, automatic.byHand(kernels).orElseThrow());
  }

  private static CollectedGradients compute(
      GradientComputer computer, List<WeightedSequence> batch) {
    CollectedGradients got = new CollectedGradients(computer.parameters());
    computer.compute(batch, got);
    return got;
  }

  /** Of lengths that need padding, and of more predictions than one. */
  private static List<WeightedSequence> batch(TinyModel model) {
    Random random = new Random(2);
    return List.of(
        sample(model, random, 9, 5), sample(model, random, 2, 1), sample(model, random, 17, 16));
  }

  private static PlainHead plain(TinyModel model, WeightedSequence sample) {
    return PlainHead.of(model.oracle(), sample.ids(), sample.lossWeights());
  }

  private static void requireClose(double[][] wanted, float[] got) {
    double error = CollectedGradients.relativeError(PlainHead.flat(wanted), got);
    assertTrue(error < 2e-5, "off by " + error);
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void rowsOfABatchHaveTheProductsOfTheirDefinition(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 61)) {
      List<WeightedSequence> batch = batch(model);
      for (GradientComputer computer : computers(model, BUCKETS)) {
        assertEquals(NAMES, computer.parameters().stream().map(Parameter::name).toList());
        CollectedGradients got = compute(computer, batch);
        assertEquals(batch.size(), got.rowCount());
        for (int row = 0; row < batch.size(); row++) {
          PlainHead wanted = plain(model, batch.get(row));
          requireClose(wanted.sketched(BUCKETS, SEED), got.row(row).get(NAMES.get(0)));
          requireClose(wanted.input(), got.row(row).get(NAMES.get(1)));
        }
      }
    }
  }

  @Test
  void aVocabularyThatFitsIsNotSketched() {
    for (Variant variant : List.of(Variant.GROUPED_QUERIES_UNTIED, Variant.ADAPTED_TIED)) {
      try (TinyModel model = new TinyModel(variant, 62)) {
        List<WeightedSequence> batch = batch(model);
        for (GradientComputer computer : computers(model, 16)) {
          CollectedGradients got = compute(computer, batch);
          requireClose(plain(model, batch.get(2)).logits(), got.row(2).get(NAMES.get(0)));
        }
      }
    }
  }

  @Test
  void tokensHaveTheirOwnProductsAndAddUp() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED_TIED, 63)) {
      WeightedSequence sample = sample(model, new Random(3), 11, 3);
      int[] positions = {10, 8, 9};
      for (GradientComputer computer : computers(model, BUCKETS)) {
        CollectedGradients tokens = new CollectedGradients(computer.parameters());
        computer.computeTokens(sample, positions, tokens);
        Map<String, float[]> whole = compute(computer, List.of(sample)).row(0);
        for (String name : NAMES) {
          float[] mean = new float[whole.get(name).length];
          for (int row = 0; row < positions.length; row++) {
            for (int i = 0; i < mean.length; i++) {
              mean[i] += tokens.row(row).get(name)[i] / positions.length;
            }
          }
          assertArrayEquals(whole.get(name), mean, 1e-5f);
        }
        float[] only = new float[11];
        only[8] = 1;
        PlainHead wanted = PlainHead.of(model.oracle(), sample.ids(), only);
        requireClose(wanted.sketched(BUCKETS, SEED), tokens.row(1).get(NAMES.get(0)));
        requireClose(wanted.input(), tokens.row(1).get(NAMES.get(1)));
      }
    }
  }

  @Test
  void chunksOfTheHeadChangeNothing() {
    try (TinyModel model = new TinyModel(Variant.TIED_WIDE_HEADS, 64)) {
      List<WeightedSequence> batch = batch(model);
      VocabularySketch vocabulary = new VocabularySketch(13, BUCKETS, SEED);
      ParameterSelection selection = new ParameterSelection(model.decoder(), vocabulary);
      LayerMethod automatic = new LayerMethod.Automatic(model.decoder().config(), false);
      GradientComputer chunked =
          new GradientComputer(model.manager(), model.decoder(), selection, automatic, 3, 1);
      CollectedGradients wanted = compute(automatic(model, BUCKETS), batch);
      for (int row = 0; row < batch.size(); row++) {
        requireEqual(wanted.row(row), compute(chunked, batch).row(row), 1e-5);
      }
    }
  }

  @Test
  void lossesAreThoseOfOtherPasses() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 65)) {
      List<WeightedSequence> batch = batch(model);
      double[] wanted = all(model).compute(batch, gradient -> {});
      for (GradientComputer computer : computers(model, BUCKETS)) {
        assertArrayEquals(wanted, computer.compute(batch, gradient -> {}), 1e-5);
      }
    }
  }

  /** Each layer is opened once, on the way up; a pass asks before each, each chunk and each row. */
  @Test
  void nothingIsPropagatedThroughLayersAndEverythingIsFreed() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED_TIED, 66)) {
      List<String> opened = new ArrayList<>();
      Decoder counted = new CountingDecoder(model.decoder(), opened);
      VocabularySketch vocabulary = new VocabularySketch(13, BUCKETS, SEED);
      GradientComputer computer = GradientComputer.ofHead(model.manager(), counted, vocabulary);
      List<WeightedSequence> batch = batch(model);
      AtomicInteger asked = new AtomicInteger();
      computer.compute(batch, gradient -> {}, () -> asked.incrementAndGet() < 0);
      assertEquals(List.of("open 0", "close 0", "open 1", "close 1"), opened);
      assertEquals(2 + 1 + batch.size(), asked.get());
      int before = managedArrays(model);
      for (int stop = 1; stop <= asked.get(); stop++) {
        AtomicInteger left = new AtomicInteger(stop);
        assertThrows(
            CancellationException.class,
            () -> computer.compute(batch, gradient -> {}, () -> left.decrementAndGet() == 0));
      }
      assertEquals(before, managedArrays(model));
    }
  }

  @Test
  void bothWaysOfRunningLayersAgree() {
    try (TinyModel model = new TinyModel(Variant.BIASED, 67)) {
      List<GradientComputer> both = computers(model, BUCKETS);
      MemoryBudget unlimited = new MemoryBudget(Long.MAX_VALUE, bytes -> {});
      assertEquals(
          Optional.empty(),
          both.get(1).disagreement(both.get(0), (c, texts) -> unlimited.reserve("a test", 1, 0)));
    }
  }

  /** No layer's input is kept and no activations are, however much memory there is. */
  @Test
  void takesLessMemoryThanGradientsOfLayers() {
    try (TinyModel model = new TinyModel(Variant.TIED_WIDE_HEADS, 68)) {
      for (GradientComputer computer : computers(model, BUCKETS)) {
        assertEquals(0, computer.activationBytes(4, 60));
        long layers = 2 * 4 * 60 * 8 * Float.BYTES;
        assertTrue(computer.peakBytes(4, 60, 60) < all(model).peakBytes(4, 60, 60) - layers);
      }
    }
  }
}
