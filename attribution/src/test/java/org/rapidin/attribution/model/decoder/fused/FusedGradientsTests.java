package org.rapidin.attribution.model.decoder.fused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

/** Backward passes by hand against autograd and against the plain model. */
class FusedGradientsTests extends FusedLayerTestCase {
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
            ? LoadedModel.openSiblings(folder, "model", "adapter")
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
}
