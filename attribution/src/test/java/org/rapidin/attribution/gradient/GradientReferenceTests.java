package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.model.LoadedModel;
import org.rapidin.attribution.model.decoder.ReferenceSequence;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.LlamaDecoder;
import org.rapidin.attribution.model.file.JsonObjectTree;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.file.SafetensorsFile;

/** Losses and gradients against those that others computed in float64. */
class GradientReferenceTests {
  /** What float32 reaches is 1e-6 to 1e-5; a wrong formula misses by much more than 1e-4. */
  private static final double GRADIENT_TOLERANCE = 1e-4;

  @ParameterizedTest
  @CsvSource({"A,false", "B,false", "A,true", "B,true"})
  void agreesOnEveryTensorOfAPretrainedModel(String name, boolean collectGarbage) throws Exception {
    JsonObjectTree numbers = JsonObjectTree.read(ReferenceData.path("reference/gradients.json"));
    Path folder = ReferenceData.path("reference");
    long[] ids = JsonObjectTree.longs(numbers.value("sequences", "seq" + name, "ids"));
    long[] labels = JsonObjectTree.longs(numbers.value("sequences", "seq" + name, "labels"));
    double loss = (Double) numbers.value("sequences", "seq" + name, "loss_mean");
    try (LoadedModel model = LoadedModel.open(ReferenceData.path("stories260K"));
        SafetensorsFile wanted =
            SafetensorsFile.open(folder.resolve("grad_seq" + name + ".f64.safetensors"))) {
      GradientComputer computer =
          new GradientComputer(model.manager(), model.decoder(), List.of("*"));
      assertEquals(47, computer.parameters().size());
      CollectedGradients got = new CollectedGradients(computer.parameters());
      WeightedSequence sample = meanLoss(ids, labels);
      if (collectGarbage) {
        computer.compute(List.of(sample), got, GarbageCollection::never);
      } else {
        double error = Math.abs(computer.compute(List.of(sample), got)[0] - loss);
        System.out.println("stories260K seq" + name + ": loss error " + error);
        assertTrue(error < 1e-5, "loss is off by " + error);
      }
      requireClose(
          "stories260K seq" + name, got, parameter -> ReferenceSequence.doubles(wanted, parameter));
    }
  }

  @Test
  void agreesOnTheLossesOfAPretrainedModel() throws Exception {
    JsonObjectTree numbers = JsonObjectTree.read(ReferenceData.path("reference/reference.json"));
    Map<?, ?> story = (Map<?, ?>) numbers.value("story");
    double[] wanted = JsonObjectTree.doubles(story.get("token_losses"));
    long[] ids = JsonObjectTree.longs(story.get("ids"));
    try (LoadedModel model = LoadedModel.open(ReferenceData.path("stories260K"))) {
      GradientComputer computer =
          new GradientComputer(model.manager(), model.decoder(), List.of("model.norm.weight"));
      int[] positions = IntStream.rangeClosed(1, wanted.length).toArray();
      CollectedGradients sink = new CollectedGradients(computer.parameters());
      double[] got = computer.computeTokens(meanLoss(ids, ids), positions, sink);
      assertEquals(ids.length - 1, wanted.length);
      assertArrayEquals(wanted, got, 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama_a,model",
    "llama_b,model",
    "mistral,model",
    "qwen2,model",
    "qwen3,model",
    "gpt2,model",
    "gpt2,model_hub_names",
    "gpt_neox,model",
    "gemma2,model",
    "gemma3_text,model",
    "phi3,model",
    "mixtral,model",
    "olmo2,model"
  })
  void agreesOnEveryTensorOfRandomModels(String family, String directory) throws Exception {
    Path folder = ReferenceData.path("families/" + family);
    try (LoadedModel model = LoadedModel.open(folder.resolve(directory));
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("reference.safetensors"))) {
      requireSequences(family, model, file, "*");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama_a", "qwen2", "gpt2"})
  void agreesOnAPeftAdapter(String family) throws Exception {
    Path folder = ReferenceData.path("families/" + family);
    try (LoadedModel model = LoadedModel.openSiblings(folder, "model", "adapter");
        SafetensorsFile file =
            SafetensorsFile.open(folder.resolve("adapter_reference.safetensors"))) {
      requireSequences(family + " + LoRA", model, file, "adapter");
    }
  }

  @Test
  void batchSizeDoesNotChangeGradients() throws Exception {
    JsonObjectTree numbers = JsonObjectTree.read(ReferenceData.path("reference/gradients.json"));
    long[] story = JsonObjectTree.longs(numbers.value("sequences", "seqA", "ids"));
    Random random = new Random(7);
    List<WeightedSequence> batch = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int start = random.nextInt(200);
      long[] ids = Arrays.copyOfRange(story, start, start + 8 + random.nextInt(100));
      batch.add(meanLoss(ids, ids));
    }
    try (LoadedModel model = LoadedModel.open(ReferenceData.path("stories260K"))) {
      GradientComputer computer =
          new GradientComputer(model.manager(), model.decoder(), List.of("*"));
      CollectedGradients together = new CollectedGradients(computer.parameters());
      double[] losses = computer.compute(batch, together);
      double worst = 0;
      for (int i = 0; i < batch.size(); i++) {
        CollectedGradients alone = new CollectedGradients(computer.parameters());
        assertEquals(computer.compute(List.of(batch.get(i)), alone)[0], losses[i], 1e-5);
        for (Parameter parameter : computer.parameters()) {
          double[] wanted = CollectedGradients.doubles(alone.row(0).get(parameter.name()));
          float[] got = together.row(i).get(parameter.name());
          worst = Math.max(worst, CollectedGradients.relativeError(wanted, got));
        }
      }
      System.out.println("batch of 16 against 16 batches of 1: worst gradient error " + worst);
      assertTrue(worst < 1e-5, "worst is " + worst);
    }
  }

  private static void requireSequences(
      String what, LoadedModel model, SafetensorsFile file, String parameters) {
    GradientComputer automatic =
        new GradientComputer(model.manager(), model.decoder(), List.of(parameters));
    try (FusedKernels kernels = FusedKernels.load(model.manager())) {
      requireSequences(what, automatic, file);
      Optional<GradientComputer> byHand = automatic.byHand(kernels);
      assertEquals(model.decoder() instanceof LlamaDecoder, byHand.isPresent());
      if (byHand.isPresent()) {
        requireSequences(what + " by hand", byHand.get(), file);
      }
    }
  }

  private static void requireSequences(
      String what, GradientComputer computer, SafetensorsFile file) {
    for (String name : List.of("seqA", "seqB")) {
      ReferenceSequence sequence = new ReferenceSequence(file, name);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      WeightedSequence sample = meanLoss(sequence.ids(), sequence.labels());
      double[] losses = computer.compute(List.of(sample), got);
      assertEquals(sequence.loss(), losses[0], 1e-5);
      requireClose(what + " " + name, got, sequence::gradient);
    }
  }

  private static void requireClose(
      String what,
      CollectedGradients got,
      java.util.function.Function<String, double[]> reference) {
    double worst = 0;
    String where = "";
    for (Map.Entry<String, float[]> entry : got.row(0).entrySet()) {
      double[] wanted = reference.apply(entry.getKey());
      double error = CollectedGradients.relativeError(wanted, entry.getValue());
      if (!(error <= worst)) {
        worst = error;
        where = entry.getKey();
      }
    }
    System.out.println(what + ": worst gradient error " + worst + " at " + where);
    assertTrue(worst < GRADIENT_TOLERANCE, what + " is off by " + worst + " at " + where);
  }

  private static WeightedSequence meanLoss(long[] ids, long[] labels) {
    float[] weights = new float[ids.length];
    int count = 0;
    for (int t = 1; t < ids.length; t++) {
      count += labels[t] == -100 ? 0 : 1;
    }
    for (int t = 1; t < ids.length; t++) {
      weights[t] = labels[t] == -100 ? 0 : 1f / count;
    }
    return new WeightedSequence(ids, weights);
  }
}
