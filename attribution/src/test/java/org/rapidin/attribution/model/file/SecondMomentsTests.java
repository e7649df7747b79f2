package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.model.file.MomentsFile.Moments;

/** What is read of an optimizer's file, and what is refused. */
class SecondMomentsTests {
  private static final List<Long> SHAPE = List.of(2L, 3L);
  private static final float[] NUMBERS = {1e-8f, 4e-6f, 0, 1, 9e-12f, 1e-30f};

  @TempDir Path root;
  private Path model;

  @BeforeEach
  void writeAModel() throws IOException {
    model = Files.createDirectories(root.resolve("m"));
    Files.writeString(model.resolve("config.json"), "{}");
  }

  private ModelDirectory directory() throws IOException {
    return ModelDirectory.open(root, "m");
  }

  private SecondMoments open(Map<String, Moments> tensors) throws IOException {
    MomentsFile.write(model, new LinkedHashMap<>(tensors));
    return directory().openSecondMoments();
  }

  private static Moments dense(float... numbers) {
    return new Moments(SHAPE, numbers);
  }

  private static Moments vector(float... numbers) {
    return new Moments(List.of((long) numbers.length), numbers);
  }

  private static Map<String, Moments> factored(float[] rows, float[] columns) {
    return Map.of("w.exp_avg_sq_row", vector(rows), "w.exp_avg_sq_col", vector(columns));
  }

  @Test
  void adamsFactorsAreOneOverTheRootAndEpsilon() throws IOException {
    float[] got = new float[6];
    try (SecondMoments moments = open(Map.of("w", dense(NUMBERS)))) {
      moments.requireFits("w", SHAPE);
      assertTrue(moments.factors("w").isEmpty());
      moments.factors("w", 0, MemorySegment.ofArray(got).asSlice(0, 16));
      moments.factors("w", 4, MemorySegment.ofArray(got).asSlice(16));
    }
    for (int i = 0; i < 6; i++) {
      double wanted = 1 / (Math.sqrt(NUMBERS[i]) + 1e-8);
      assertEquals(wanted, got[i], 1e-6 * wanted);
    }
  }

  @Test
  void longTensorsAreConvertedToTheEnd() throws IOException {
    float[] numbers = new float[10_001];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 1 + i;
    }
    float[] got = new float[numbers.length];
    try (SecondMoments moments =
        open(Map.of("w", new Moments(List.of(1L, (long) numbers.length), numbers)))) {
      moments.factors("w", 0, MemorySegment.ofArray(got));
    }
    for (int i = 0; i < numbers.length; i++) {
      assertEquals(1 / Math.sqrt(1 + i), got[i], 1e-6);
    }
  }

  /** V = r·cᵀ / mean(r). */
  @Test
  void adafactorsFactorsMultiplyToOneOverTheRoot() throws IOException {
    float[] rows = {2e-6f, 6e-6f};
    float[] columns = {1e-6f, 5e-6f, 6e-6f};
    try (SecondMoments moments = open(factored(rows, columns))) {
      moments.requireFits("w", SHAPE);
      SecondMoments.Factors factors = moments.factors("w").orElseThrow();
      for (int o = 0; o < 2; o++) {
        for (int i = 0; i < 3; i++) {
          double moment = rows[o] * columns[i] / 4e-6;
          double got = factors.outputs()[o] * factors.inputs()[i];
          assertEquals(1, got * Math.sqrt(moment), 1e-6);
        }
      }
    }
  }

  @Test
  void bfloat16IsReadAndHalfPrecisionRefused() throws IOException {
    MomentsFile.write(model, Map.of("w", dense(NUMBERS)), TensorType.BF16);
    try (SecondMoments moments = directory().openSecondMoments()) {
      moments.requireFits("w", SHAPE);
      float[] got = new float[1];
      moments.factors("w", 3, MemorySegment.ofArray(got));
      assertEquals(1, got[0], 1e-6);
    }
    MomentsFile.write(model, Map.of("w", dense(NUMBERS)), TensorType.F16);
    assertRefused(
        "exp_avg_sq.safetensors has [w] of type F16, F32 or BF16 is needed: small squares are 0 in other types");
  }

  private void assertRefused(String message) throws IOException {
    try (SecondMoments moments = directory().openSecondMoments()) {
      Exception refused =
          assertThrows(IllegalArgumentException.class, () -> moments.requireFits("w", SHAPE));
      assertEquals(message, refused.getMessage());
    }
  }

  private void assertRefused(String message, Map<String, Moments> tensors) throws IOException {
    MomentsFile.write(model, tensors);
    assertRefused(message);
  }

  @Test
  void tensorsThatAreMissingOrOfAnotherShapeAreNamed() throws IOException {
    assertRefused(
        "exp_avg_sq.safetensors has no second moments of [w]: write the optimizer's exp_avg_sq of each weight under the weight's name, or set second_moment to [none]",
        Map.of("v", dense(NUMBERS)));
    assertRefused(
        "exp_avg_sq.safetensors has [w] of shape [3, 2], [2, 3] is needed: is it of another model?",
        Map.of("w", new Moments(List.of(3L, 2L), NUMBERS)));
    assertRefused(
        "exp_avg_sq.safetensors has [w.exp_avg_sq_row] of shape [3], [2] is needed: is it of another model?",
        factored(new float[] {1, 2, 3}, new float[] {1, 2, 3}));
    assertRefused(
        "exp_avg_sq.safetensors has no [w.exp_avg_sq_col], which goes with [w.exp_avg_sq_row]",
        Map.of("w.exp_avg_sq_row", vector(1, 2)));
    assertRefused(
        "exp_avg_sq.safetensors has both [w] and [w.exp_avg_sq_row]: keep the one that the optimizer used",
        Map.of("w", dense(NUMBERS), "w.exp_avg_sq_row", vector(1, 2)));
  }

  @Test
  void aMissingFileIsNamed() {
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> directory().openSecondMoments());
    assertEquals(
        "model [m] lacks exp_avg_sq.safetensors, the optimizer's second moments: export them next to the weights, or set second_moment to [none]",
        refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e-9f, Float.NaN, Float.POSITIVE_INFINITY})
  void numbersThatNoOptimizerHasAreNamed(float number) throws IOException {
    FileDigests digests = new FileDigests();
    float[] numbers = NUMBERS.clone();
    numbers[4] = number;
    MomentsFile.write(model, Map.of("v", dense(NUMBERS), "w", dense(numbers)));
    directory().requireSecondMoments(digests, List.of("v"));
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> directory().requireSecondMoments(digests, List.of("v", "w")));
    assertEquals(
        "exp_avg_sq.safetensors: [w] has "
            + number
            + " at element 4 of 6, second moments are finite and not negative: export the optimizer's exp_avg_sq again",
        refused.getMessage());
  }

  @Test
  void aWeightThatWasNotTrainedIsNamed() throws IOException {
    MomentsFile.write(model, Map.of("w", dense(0, 0, 0, 0, -0f, 0)));
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> directory().requireSecondMoments(new FileDigests(), List.of("w")));
    assertEquals(
        "exp_avg_sq.safetensors: [w] is 0 everywhere, as if it had not been trained: leave it out of parameters",
        refused.getMessage());
  }

  @Test
  void aFactorOfZeroIsNamed() throws IOException {
    MomentsFile.write(model, factored(new float[] {1, 2}, new float[] {1, 0, 1}));
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> directory().requireSecondMoments(new FileDigests(), List.of("w")));
    assertEquals(
        "exp_avg_sq.safetensors: [w.exp_avg_sq_col] is 0 at element 1 of 3, Adafactor keeps at least 1e-30: export its state again, or leave the weight out of parameters",
        refused.getMessage());
  }
}
