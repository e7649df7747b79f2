package org.rapidin.attribution.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.decoder.ReferenceSequence;
import org.rapidin.attribution.model.file.JsonObjectTree;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.file.SafetensorsFile;

/**
 * A text whose gradient others computed in float64, for all parameters of a pretrained model.
 *
 * @param sample prompt without loss and completion
 * @param numbers P of them, as {@link GradientLayout} lays them out
 */
public record ReferenceGradient(Sample sample, double[] numbers) {
  /** The model's directory. */
  public static final String MODEL = "stories260K";

  private static final String PROMPT_OF_B = "Lily and Tom went to the park. They saw a big";

  /** The first text, a story without a prompt. */
  public static ReferenceGradient a() throws IOException {
    return read("A", 0);
  }

  /** The second text, a prompt and a generation. */
  public static ReferenceGradient b() throws IOException {
    return read("B", PROMPT_OF_B.length());
  }

  /** An attributor of all parameters, neither normalized nor compressed. */
  public static AttributorSpec spec() {
    return AttributorSpecFormat.fromMap(
        Map.of(
            "model",
            MODEL,
            "parameters",
            "*",
            "normalization",
            "none",
            "score_scale",
            1,
            "compression",
            Map.of("method", "identity"),
            "template",
            Map.of("prompt", "{{instruction}}", "completion", "{{output}}")));
  }

  /** The model's directory. */
  public static ModelDirectory directory() throws IOException {
    return ModelDirectory.open(ReferenceData.path(MODEL).getParent(), MODEL);
  }

  private static ReferenceGradient read(String name, int prompt) throws IOException {
    JsonObjectTree texts = JsonObjectTree.read(ReferenceData.path("reference/gradients.json"));
    String text = (String) texts.value("sequences", "seq" + name, "text");
    Path file = ReferenceData.path("reference/grad_seq" + name + ".f64.safetensors");
    GradientLayout layout = ModelCheck.gradients(directory(), spec());
    double[] numbers = new double[Math.toIntExact(layout.length())];
    try (SafetensorsFile gradients = SafetensorsFile.open(file)) {
      int end = 0;
      for (Tensor tensor : layout.tensors()) {
        double[] part = ReferenceSequence.doubles(gradients, tensor.name());
        System.arraycopy(part, 0, numbers, end, part.length);
        end += part.length;
      }
    }
    return new ReferenceGradient(
        new Sample(text.substring(0, prompt), text.substring(prompt)), numbers);
  }

  /** The inner product with another gradient. */
  public double dot(ReferenceGradient other) {
    double sum = 0;
    for (int i = 0; i < numbers.length; i++) {
      sum += numbers[i] * other.numbers[i];
    }
    return sum;
  }
}
