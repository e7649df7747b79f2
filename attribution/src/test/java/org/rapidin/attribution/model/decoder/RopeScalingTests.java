package org.rapidin.attribution.model.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.file.JsonObject;
import org.rapidin.attribution.model.torch.TestRuntime;

class RopeScalingTests {
  private static final RopeScaling.LongRope LONG =
      new RopeScaling.LongRope(List.of(2.0), List.of(4.0), 3, 1.5);
  private static final RotaryPositions ROTARY = new RotaryPositions(2, 30, LONG);

  /** Rows of one batch differ in length, and so in their factors. */
  @Test
  void eachRowHasTheFactorsOfItsLength() {
    try (NDManager manager = TestRuntime.get().newManager()) {
      RotaryAngles angles = new PassContext(manager, 2, 4).angles(ROTARY);
      assertEquals(new Shape(2, 1, 4, 2), angles.cos().getShape());
      float[] wanted = new float[16];
      for (int t = 0; t < 4; t++) {
        wanted[2 * t] = wanted[2 * t + 1] = (float) (1.5 * Math.cos(t / 2.0));
        wanted[8 + 2 * t] = wanted[8 + 2 * t + 1] = (float) (1.5 * Math.cos(t / 4.0));
      }
      assertArrayEquals(wanted, angles.cos().toFloatArray(), 1e-6f);
    }
  }

  /** Numbers of transformers' own formula, computed in double precision. */
  @Test
  void yarnKeepsFastFrequenciesAndDividesSlowOnes() {
    double[] cut = {1, 0.2569350598886808, 0.0625, 0.01383496476323666, 0.0025};
    double[] whole = {1, 0.30140647845953206, 0.07039863663460479, 0.014383359341231184, 0.0025};
    assertFrequencies(cut, "");
    assertFrequencies(whole, ", \"truncate\": false");
  }

  private static void assertFrequencies(double[] wanted, String more) {
    RotaryPositions rotary = yarn(more);
    for (int i = 0; i < wanted.length; i++) {
      assertEquals(wanted[i], rotary.frequency(i, 1), 1e-12);
    }
    assertEquals(1.138629436111989, rotary.scaling().factorOfAngles(), 1e-12);
  }

  /** With 0.1·m·ln(factor) + 1 for a scale m. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", \"mscale\": 0.5, \"mscale_all_dim\": 2 | 0.8371950",
        ", \"mscale\": 0.5 | 1.1386294",
        ", \"mscale_all_dim\": 2 | 1.1386294",
        ", \"attention_factor\": 0.75 | 0.75",
        ", \"attention_factor\": 0.75, \"mscale\": 0.5, \"mscale_all_dim\": 2 | 0.75",
      })
  void yarnRaisesAnglesByItsScales(String more, double wanted) {
    assertEquals(wanted, yarn(more).scaling().factorOfAngles(), 1e-6);
  }

  private static RotaryPositions yarn(String more) {
    String json =
        "{\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4.0%s}}".formatted(more);
    return new RotaryKeys(
            JsonObject.parse("config.json", json.getBytes(StandardCharsets.UTF_8)),
            512,
            RotaryKeys.Names.USUAL)
        .read(16);
  }

  @Test
  void oneTableServesAllRowsWhereLengthsDoNotCount() {
    try (NDManager manager = TestRuntime.get().newManager()) {
      RotaryPositions rotary = new RotaryPositions(2, 30, new RopeScaling.Linear(2));
      RotaryAngles angles = new PassContext(manager, 2, 4).angles(rotary);
      assertEquals(new Shape(1, 1, 4, 2), angles.sin().getShape());
      assertEquals(Math.sin(1.5), angles.sin().toFloatArray()[6], 1e-6);
    }
  }
}
