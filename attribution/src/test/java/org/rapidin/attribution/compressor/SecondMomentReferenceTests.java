package org.rapidin.attribution.compressor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.LoadedModel;
import org.rapidin.attribution.model.decoder.ReferenceSequence;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.SecondMoments;

/** Gradients over the roots of second moments that torch's Adam wrote. */
class SecondMomentReferenceTests {
  private static final String FAMILY = "families/llama_a/";

  @TempDir Path root;

  /** Gradients in float64 divided by the moments as the file has them, by tensor. */
  private static Map<String, double[]> divided(String sequence) throws IOException {
    Map<String, double[]> quotients = new TreeMap<>();
    try (SafetensorsFile gradients =
            SafetensorsFile.open(ReferenceData.path(FAMILY + "reference.safetensors"));
        SafetensorsFile moments =
            SafetensorsFile.open(ReferenceData.path(FAMILY + "optimizer/exp_avg_sq.safetensors"))) {
      for (String name : moments.names()) {
        double[] quotient = new ReferenceSequence(gradients, sequence).gradient(name);
        float[] moment =
            moments.read(
                name,
                bytes ->
                    bytes.toArray(
                        ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN)));
        assertEquals(moment.length, quotient.length);
        for (int i = 0; i < quotient.length; i++) {
          quotient[i] /= Math.sqrt(moment[i]) + 1e-8;
        }
        quotients.put(name, quotient);
      }
    }
    return quotients;
  }

  private static double dot(Map<String, double[]> one, Map<String, double[]> other) {
    double sum = 0;
    for (String name : one.keySet()) {
      for (int i = 0; i < one.get(name).length; i++) {
        sum += one.get(name)[i] * other.get(name)[i];
      }
    }
    return sum;
  }

  /** The formula that the other tests trust, against the numbers of the data's author. */
  @Test
  void theFormulaIsThatOfAdam() throws IOException {
    Map<String, double[]> a = divided("seqA");
    Map<String, double[]> b = divided("seqB");
    assertEquals(8555.23467542704, Math.sqrt(dot(a, a)), 1e-6);
    assertEquals(12241.9944364666, Math.sqrt(dot(b, b)), 1e-6);
    assertEquals(-4288693.677285415, dot(a, b), 1e-3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"seqA", "seqB"})
  void vectorsOfFullDimensionAreTheQuotients(String name) throws IOException {
    Path folder = Files.createDirectory(root.resolve("llama"));
    Files.copy(ReferenceData.path(FAMILY + "model/config.json"), folder.resolve("config.json"));
    Files.copy(
        ReferenceData.path(FAMILY + "optimizer/exp_avg_sq.safetensors"),
        folder.resolve("exp_avg_sq.safetensors"));
    ModelDirectory directory = ModelDirectory.open(root, "llama");
    try (LoadedModel model = LoadedModel.open(ReferenceData.path(FAMILY + "model"));
        SafetensorsFile file =
            SafetensorsFile.open(ReferenceData.path(FAMILY + "reference.safetensors"))) {
      GradientComputer computer =
          new GradientComputer(model.manager(), model.decoder(), List.of("linear"));
      GradientLayout layout = layout(computer);
      int length = Math.toIntExact(layout.length());
      TrackStar method = new TrackStar(length, true, false, 3);
      SecondMoments moments = directory.openSecondMoments();
      float[] got;
      try (Compressor compressor =
          Projections.trackStar(model.manager(), method, layout, Optional.of(moments))) {
        got = vector(compressor, computer, new ReferenceSequence(file, name));
      }
      String first = layout.tensors().getFirst().name();
      assertThrows(
          IllegalStateException.class,
          () -> moments.factors(first, 0, MemorySegment.ofArray(new float[1])),
          "the file is closed");
      Map<String, double[]> wanted = divided(name);
      for (int t = 0; t < layout.tensors().size(); t++) {
        String tensor = layout.tensors().get(t).name();
        requireClose(tensor, wanted.get(tensor), got, Math.toIntExact(layout.position(0, t)));
      }
    }
  }

  private static GradientLayout layout(GradientComputer computer) {
    List<Tensor> tensors = new ArrayList<>();
    computer
        .parameters()
        .forEach(parameter -> tensors.add(new Tensor(parameter.name(), parameter.shape(), true)));
    return new GradientLayout(tensors, 1);
  }

  private static float[] vector(
      Compressor compressor, GradientComputer computer, ReferenceSequence sequence) {
    return compressor.compute(
        1,
        vectors -> {
          computer.compute(
              List.of(meanLoss(sequence)), vectors.checkpoint(0, (row, tensor, norm) -> 1));
          return vectors.finish(0);
        });
  }

  private static WeightedSequence meanLoss(ReferenceSequence sequence) {
    long[] labels = sequence.labels();
    float[] weights = new float[labels.length];
    int count = 0;
    for (int t = 1; t < labels.length; t++) {
      count += labels[t] == -100 ? 0 : 1;
    }
    for (int t = 1; t < labels.length; t++) {
      weights[t] = labels[t] == -100 ? 0 : 1f / count;
    }
    return new WeightedSequence(sequence.ids(), weights);
  }

  private static void requireClose(String tensor, double[] wanted, float[] got, int from) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < wanted.length; i++) {
      difference += Math.pow(got[from + i] - wanted[i], 2);
      norm += Math.pow(wanted[i], 2);
    }
    double error = Math.sqrt(difference / norm);
    System.out.println(tensor + " over its moments: relative error " + error);
    assertTrue(error < 1e-4, tensor + " is off by " + error);
  }
}
