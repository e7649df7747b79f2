package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.model.decoder.ReferenceSequence;
import org.rapidin.attribution.model.file.JsonObjectTree;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.file.SafetensorsFile;

/** Logits against those that the genuine classes compute in float64. */
class DecoderReferenceTests {

  @Test
  void agreesOnTheLogitsOfAPretrainedModel() throws Exception {
    JsonObjectTree reference = JsonObjectTree.read(ReferenceData.path("reference/reference.json"));
    double worst = 0;
    try (LoadedModel model = LoadedModel.open(ReferenceData.path("stories260K"))) {
      for (Object entry : (List<?>) reference.value("prompts")) {
        Map<?, ?> prompt = (Map<?, ?>) entry;
        float[] logits = model.logits(JsonObjectTree.longs(prompt.get("ids")));
        worst = Math.max(worst, maxError(JsonObjectTree.matrix(prompt.get("logits")), logits));
      }
    }
    System.out.println("stories260K: worst logit error " + worst);
    assertTrue(worst < 5e-5, () -> "logits are off");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama_a",
        "llama_b",
        "mistral",
        "qwen2",
        "qwen3",
        "gpt2",
        "gpt_neox",
        "gemma2",
        "gemma3_text",
        "phi3",
        "mixtral",
        "olmo2"
      })
  void agreesOnTheLogitsOfRandomModels(String family) throws Exception {
    var folder = ReferenceData.path("families/" + family);
    try (LoadedModel model = LoadedModel.open(folder.resolve("model"));
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("reference.safetensors"))) {
      for (String name : List.of("seqA", "seqB")) {
        ReferenceSequence sequence = new ReferenceSequence(file, name);
        double error = maxError(sequence.logits(), model.logits(sequence.ids()));
        System.out.println(family + " " + name + ": worst logit error " + error);
        assertTrue(error < 1e-4, "logits are off by " + error);
      }
    }
  }

  private static double maxError(double[] wanted, float[] got) {
    assertTrue(wanted.length == got.length, "as many logits as in the reference");
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      worst = Math.max(worst, Math.abs(got[i] - wanted[i]));
    }
    return worst;
  }
}
