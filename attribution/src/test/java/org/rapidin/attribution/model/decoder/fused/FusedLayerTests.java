package org.rapidin.attribution.model.decoder.fused;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.LoadedModel;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Backward passes by hand against autograd and the plain model, and laws of their own. */
class FusedLayerTests {
  /** What float32 reaches here is 1e-6 to 1e-5. */
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @EnumSource(Variant.class)
  void everyGradientOfABatchIsAutograds(Variant variant) {
    for (Products products : Products.values()) {
      try (TinyModel model = new TinyModel(variant, 41);
          FusedKernels kernels = FusedKernels.load(model.manager(), products)) {
        List<WeightedSequence> batch = batch(model.decoder(), 9, 2, 17, 5);
        FusedPass pass = new FusedPass(kernels, model.decoder(), true, 3);
        requireAutograds("%s, %s".formatted(variant, products), pass, batch);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama_a,true",
    "llama_a,false",
    "llama_b,false",
    "mistral,false",
    "qwen2,true",
    "qwen2,false"
  })
  void everyGradientOfAReferenceModelIsAutograds(String family, boolean adapted) throws Exception {
    Path folder = ReferenceData.path("families/" + family);
    try (LoadedModel model =
        adapted
            ? LoadedModel.openBeside(folder, "model", "adapter")
            : LoadedModel.open(folder.resolve("model"))) {
      requireAutograds(family, model, 28, 21);
    }
  }

  @Test
  void everyGradientOfAPretrainedModelIsAutograds() throws Exception {
    try (LoadedModel model = LoadedModel.open(ReferenceData.path("stories260K"))) {
      requireAutograds("stories260K", model, 130, 64, 200);
    }
  }

  /** Queries are taken in blocks of 64 by libtorch, and of 16 on the heap. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void windowsMayBeginAndEndInsideBlocks(int headWidth) {
    RotaryPositions rotary = new RotaryPositions(headWidth, 100, new RopeScaling.None());
    List<Integer> windows = List.of(70, 10, 64, PassContext.UNBOUNDED);
    LlamaConfig config =
        new LlamaConfig(16, 12, 4, 2, 31, 256, 1e-5, rotary, false, AttentionBiases.NONE, windows);
    try (NDManager manager = TestRuntime.get().newManager();
        ResidentWeights weights = ResidentWeights.random(manager, config.layout(), 0.5, 3);
        FusedKernels kernels = FusedKernels.load(manager)) {
      Decoder decoder = config.build(weights, Optional.empty());
      FusedPass pass = new FusedPass(kernels, decoder, true, 50);
      requireAutograds(
          "windows %s, width %s".formatted(windows, headWidth),
          pass,
          batch(decoder, 200, 64, 65, 130));
    }
  }

  private static void requireAutograds(String what, LoadedModel model, int... lengths) {
    try (FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, FusedHead.CHUNK);
      requireAutograds(what, pass, batch(model.decoder(), lengths));
    }
  }

  private static void requireAutograds(String what, FusedPass pass, List<WeightedSequence> batch) {
    List<Map<String, float[]>> wanted = pass.autograd(batch);
    CollectedGradients got = new CollectedGradients(wanted.getFirst()::containsKey);
    pass.run(batch, got);
    double worst = 0;
    for (int row = 0; row < batch.size(); row++) {
      worst = Math.max(worst, requireEqual(what, wanted.get(row), got.row(row), TOLERANCE));
    }
    System.out.println(what + ": worst error against autograd " + worst);
  }

  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED"})
  void gradientsAreCentralDifferencesOfThePlainModel(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 42);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      WeightedSequence sample = batch(model.decoder(), 9).getFirst();
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 4);
      Set<String> names = pass.autograd(List.of(sample)).getFirst().keySet();
      CollectedGradients got = new CollectedGradients(names::contains);
      float[] losses = pass.run(List.of(sample), got);
      double loss = 0;
      for (int n = 0; n < losses.length; n++) {
        loss += losses[n] / losses.length;
      }
      assertEquals(model.oracle().loss(sample.ids(), sample.lossWeights()), loss, 1e-5);
      for (String name : names) {
        float[] wanted = centralDifferences(model, name, sample);
        requireEqual(variant.name(), Map.of(name, wanted), got.row(0), TOLERANCE);
      }
    }
  }

  private static float[] centralDifferences(
      TinyModel model, String parameter, WeightedSequence sample) {
    double step = 1e-5;
    double[] numbers = model.numbers().get(parameter);
    float[] gradient = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      double before = numbers[i];
      numbers[i] = before + step;
      double above = model.oracle().loss(sample.ids(), sample.lossWeights());
      numbers[i] = before - step;
      double below = model.oracle().loss(sample.ids(), sample.lossWeights());
      numbers[i] = before;
      gradient[i] = (float) ((above - below) / (2 * step));
    }
    return gradient;
  }

  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED_TIED"})
  void batchSizeDoesNotChangeGradients(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 43, 0.5);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 5);
      int[] lengths = new Random(4).ints(12, 2, 32).toArray();
      List<WeightedSequence> batch = batch(model.decoder(), lengths);
      CollectedGradients together = new CollectedGradients(name -> true);
      float[] losses = pass.run(batch, together);
      int loss = 0;
      for (int row = 0; row < batch.size(); row++) {
        CollectedGradients alone = new CollectedGradients(name -> !name.equals("embedded"));
        for (float one : pass.run(List.of(batch.get(row)), alone)) {
          assertEquals(one, losses[loss++], 1e-5);
        }
        requireEqual("row " + row, alone.row(0), together.row(row), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED"})
  void computingActivationsAgainChangesNoBit(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 44);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      List<WeightedSequence> batch = batch(model.decoder(), 11, 7);
      CollectedGradients kept = new CollectedGradients(name -> true);
      float[] losses = new FusedPass(kernels, model.decoder(), true, 100).run(batch, kept);
      CollectedGradients again = new CollectedGradients(name -> true);
      assertArrayEquals(
          losses, new FusedPass(kernels, model.decoder(), false, 100).run(batch, again));
      for (int row = 0; row < batch.size(); row++) {
        requireEqual("row " + row, kept.row(row), again.row(row), 0);
      }
    }
  }

  /** What is not wanted is skipped, down to everything below the last wanted parameter. */
  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED"})
  void wantingOneParameterAloneChangesNoBit(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 45);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 100);
      List<WeightedSequence> batch = batch(model.decoder(), 10, 6);
      CollectedGradients all = new CollectedGradients(name -> true);
      pass.run(batch, all);
      for (Map.Entry<String, float[]> wanted : all.row(1).entrySet()) {
        CollectedGradients alone = new CollectedGradients(wanted.getKey()::equals);
        pass.run(batch, alone);
        assertEquals(Set.of(wanted.getKey()), alone.row(1).keySet());
        assertArrayEquals(wanted.getValue(), alone.row(1).get(wanted.getKey()), wanted.getKey());
      }
    }
  }

  @Test
  void oneForwardPassServesSeveralBackwardPasses() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 46);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 100);
      WeightedSequence sample = batch(model.decoder(), 12).getFirst();
      CollectedGradients whole = new CollectedGradients(name -> true);
      pass.run(List.of(sample), whole);
      List<CollectedGradients> tokens = pass.tokens(sample);
      assertEquals(6, tokens.size());
      for (String name : whole.row(0).keySet()) {
        float[] sum = new float[whole.row(0).get(name).length];
        tokens.forEach(token -> add(sum, token.row(0).get(name)));
        double error = CollectedGradients.error(whole.row(0), Map.of(name, sum), name);
        assertTrue(error < 1e-5, name + " is off by " + error);
      }
    }
  }

  private static void add(float[] sum, float[] part) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += part[i];
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 48);
        FusedKernels kernels = FusedKernels.load(model.manager());
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 7);
      List<WeightedSequence> batch = batch(model.decoder(), 40, 31);
      CollectedGradients wanted = new CollectedGradients(name -> true);
      pass.run(batch, wanted);
      List<Future<CollectedGradients>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        results.add(
            threads.submit(
                () -> {
                  CollectedGradients got = new CollectedGradients(name -> true);
                  pass.run(batch, got);
                  return got;
                }));
      }
      for (Future<CollectedGradients> result : results) {
        requireEqual("thread", wanted.row(1), result.get().row(1), 0);
      }
    }
  }

  @Test
  void leavesNoArraysBehind() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 49);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 7);
      List<WeightedSequence> batch = batch(model.decoder(), 13, 8);
      pass.run(batch, new CollectedGradients(name -> true));
      int before =
          kernels.manager().getManagedArrays().size() + model.manager().getManagedArrays().size();
      for (int i = 0; i < 5; i++) {
        pass.run(batch, new CollectedGradients(name -> true));
      }
      assertEquals(
          before,
          kernels.manager().getManagedArrays().size() + model.manager().getManagedArrays().size());
    }
  }

  /** Random sequences, each with mean loss over its second half. */
  private static List<WeightedSequence> batch(Decoder decoder, int... lengths) {
    Random random = new Random(7);
    return IntStream.of(lengths)
        .mapToObj(
            length -> {
              float[] weights = new float[length];
              int loss = Math.max(1, length / 2);
              for (int t = length - loss; t < length; t++) {
                weights[t] = 1f / loss;
              }
              int vocabulary = decoder.config().vocabularySize();
              return new WeightedSequence(random.longs(length, 0, vocabulary).toArray(), weights);
            })
        .toList();
  }

  private static double requireEqual(
      String what, Map<String, float[]> wanted, Map<String, float[]> got, double tolerance) {
    double worst = 0;
    for (String name : wanted.keySet()) {
      double error = CollectedGradients.error(wanted, got, name);
      assertTrue(error <= tolerance, "%s: %s is off by %s".formatted(what, name, error));
      worst = Math.max(worst, error);
    }
    return worst;
  }
}
