package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.ShuffleSketch;
import org.rapidin.attribution.sketch.StreamingSketch;

class AttributorTests extends AttributorTestCase {

  @Test
  void influenceAddsUpOverWeightedCheckpoints() throws Exception {
    List<Sample> samples = samples(6);
    AttributorSpec two = spec("adapter", "two");
    try (Attributor both = open(twoCheckpoints(), new PlainConcatenation(2 * LENGTH));
        Attributor first = open(spec(), new PlainConcatenation(LENGTH));
        Attributor second = open(two, new PlainConcatenation(LENGTH))) {
      List<GradientResult> u = both.documents(samples);
      List<GradientResult> u1 = first.documents(samples);
      List<GradientResult> u2 = second.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        for (int j = 0; j < samples.size(); j++) {
          double first3 = 3 * inner(vector(u1.get(i)), vector(u1.get(j)));
          double second05 = 0.5 * inner(vector(u2.get(i)), vector(u2.get(j)));
          // 448 products of float32 numbers whose norm is √28.
          assertEquals(first3 + second05, inner(vector(u.get(i)), vector(u.get(j))), 1e-4);
        }
      }
    }
  }

  @Test
  void vectorIsTheSketchOfTheCheckpointsConcatenation() throws Exception {
    List<GradientSketch> sketches =
        List.of(new ShuffleSketch(2 * LENGTH, 256, 1), new StreamingSketch(256, 1));
    try (Attributor plain = open(twoCheckpoints(), new PlainConcatenation(2 * LENGTH))) {
      for (GradientSketch sketch : sketches) {
        try (Attributor attributor = open(twoCheckpoints(), sketch)) {
          for (Sample sample : samples(3)) {
            GradientSketch.Accumulator sum = sketch.accumulator();
            float[] gradient = vector(plain.documents(List.of(sample)).getFirst());
            sum.add(MemorySegment.ofArray(gradient), 0, 1);
            float[] got = vector(attributor.documents(List.of(sample)).getFirst());
            assertArrayEquals(sum.finish(), got, 1e-5f);
          }
        }
      }
    }
  }

  @Test
  void compressionKeepsInfluenceWithinTheory() throws Exception {
    List<Sample> samples = samples(8);
    try (Attributor plain = open(twoCheckpoints(), new PlainConcatenation(2 * LENGTH));
        Attributor attributor = open(twoCheckpoints())) {
      List<GradientResult> exact = plain.documents(samples);
      List<GradientResult> sketched = attributor.documents(samples);
      for (int i = 1; i < samples.size(); i++) {
        float[] u = vector(exact.get(i));
        float[] v = vector(exact.get(i - 1));
        double variance = (inner(u, u) * inner(v, v) + Math.pow(inner(u, v), 2)) / 1024;
        double got = inner(vector(sketched.get(i)), vector(sketched.get(i - 1)));
        assertEquals(inner(u, v), got, 4 * Math.sqrt(variance));
      }
    }
  }

  @Test
  void layerNormalisationGivesEveryDocumentTheNormOfTheScoreScale() throws Exception {
    try (Attributor attributor = open(twoCheckpoints(), new PlainConcatenation(2 * LENGTH))) {
      assertEquals(TENSORS, attributor.tensors());
      double scale = twoCheckpoints().derivedScale(attributor.tensors());
      for (GradientResult result : attributor.documents(samples(3))) {
        assertEquals(scale, Math.sqrt(inner(vector(result), vector(result))), 1e-5);
      }
    }
  }

  @Test
  void normalisationDividesEachTensorByItsOwnNorm() throws Exception {
    AttributorSpec none = spec("normalization", "none", "score_scale", 1);
    try (Attributor raw = open(none, new PlainConcatenation(LENGTH));
        Attributor normalised = open(spec(), new PlainConcatenation(LENGTH))) {
      float[] gradient = vector(raw.documents(samples(1)).getFirst());
      float[] got = vector(normalised.documents(samples(1)).getFirst());
      int at = 0;
      for (int size : new int[] {32, 32, 32, 16, 32, 32, 32, 16}) {
        double squares = 0;
        for (int i = at; i < at + size; i++) {
          squares += (double) gradient[i] * gradient[i];
        }
        for (int i = at; i < at + size; i++) {
          assertEquals(gradient[i] / Math.sqrt(squares), got[i], 1e-6);
        }
        at += size;
      }
    }
  }

  @Test
  void cosineGivesDocumentsNormOne() throws Exception {
    try (Attributor attributor = open(spec("similarity", "cosine"))) {
      for (GradientResult result : attributor.documents(samples(3))) {
        assertEquals(1, inner(vector(result), vector(result)), 1e-6);
      }
    }
  }

  @Test
  void batchingDoesNotChangeVectors() throws Exception {
    List<Sample> samples = samples(40);
    try (Attributor attributor = open(spec())) {
      List<GradientResult> together = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(together.get(i)), 1e-5f);
      }
    }
  }

  @Test
  void badDocumentFailsAlone() throws Exception {
    TinyModelDirectory.embedAsNan(root.resolve(TinyModelDirectory.MODEL), '~');
    List<Sample> samples = new ArrayList<>(samples(4));
    samples.set(1, new Sample("prompt", ""));
    samples.set(2, new Sample("prompt", "~~"));
    try (Attributor attributor = open(spec())) {
      List<GradientResult> results = attributor.documents(samples);
      assertTrue(failure(results.get(1)).contains("completion is empty"));
      assertTrue(
          failure(results.get(2)).matches("the gradient of tensor \\[.*lora_.*] .* not finite.*"),
          failure(results.get(2)));
      for (int i : new int[] {0, 3}) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(results.get(i)), 1e-5f);
      }
    }
  }

  private static String failure(GradientResult result) {
    return assertInstanceOf(GradientResult.Failure.class, result).reason();
  }

  @Test
  void zeroGradientFails() throws Exception {
    try (Attributor attributor = open(spec("adapter", "dead"))) {
      assertEquals(
          "the gradient is zero in every parameter",
          failure(attributor.documents(samples(1)).getFirst()));
    }
  }

  @Test
  void truncationIsTold() throws Exception {
    Sample longer = new Sample("", "x".repeat(300));
    try (Attributor attributor = open(spec("max_tokens", 20));
        Attributor wide = open(spec())) {
      GradientResult cut = attributor.documents(List.of(longer)).getFirst();
      assertEquals(20, ((GradientResult.Vector) cut).tokens());
      assertTrue(((GradientResult.Vector) cut).truncated());
      GradientResult whole = wide.documents(List.of(longer)).getFirst();
      assertEquals(TinyModelDirectory.CONTEXT, ((GradientResult.Vector) whole).tokens());
    }
  }

  @Test
  void baseModelsLinearWeightsNeedNoAdapter() throws Exception {
    try (Attributor base = open(spec("adapter", "", "parameters", "linear"))) {
      assertEquals(14, base.tensors());
      assertEquals(1024, vector(base.documents(samples(1)).getFirst()).length);
    }
  }

  @Test
  void checkpointsThatDifferInParametersAreRefused() {
    List<?> checkpoints = List.of(Map.of("adapter", "one"), Map.of("adapter", "narrow"));
    AttributorSpec spec = spec("adapter", "", "checkpoints", checkpoints);
    assertEquals(
        "adapter [narrow] has other parameters than [one]: checkpoints are adapters of one"
            + " training",
        assertThrows(IllegalArgumentException.class, () -> open(spec)).getMessage());
    assertEquals(
        "model [tiny] has no adapter [three]",
        assertThrows(IllegalArgumentException.class, () -> open(spec("adapter", "three")))
            .getMessage());
  }

  /** What counts is which gradients are computed, when an attributor is put and when it opens. */
  @Test
  void adaptersMayDifferWhereTheMethodTakesNothingOfThem() throws Exception {
    AttributorSpec spec =
        spec(
            "adapter",
            "",
            "checkpoints",
            List.of(Map.of("adapter", "one"), Map.of("adapter", "narrow")),
            "parameters",
            List.of("adapter", "linear"),
            "compression",
            Map.of("method", "logra", "rank", 2, "modules", "mlp"));
    assertEquals(6, ModelCheck.gradients(directory(spec), spec).tensors().size());
    try (Attributor attributor = open(spec)) {
      assertEquals(6, attributor.tensors());
    }
    AttributorSpec all = spec.with(new RapidGrad(256, 1));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> ModelCheck.gradients(directory(all), all))
            .getMessage();
    assertTrue(message.startsWith("the checkpoints [one, narrow] adapt different"), message);
    assertThrows(IllegalArgumentException.class, () -> open(all));
  }

  @Test
  void cancellationEndsBetweenBatches() throws Exception {
    try (Attributor attributor = open(spec())) {
      int[] asked = {0};
      assertThrows(
          CancellationException.class,
          () -> attributor.documents(samples(40), () -> ++asked[0] == 2));
      assertEquals(2, asked[0]);
    }
  }
}
