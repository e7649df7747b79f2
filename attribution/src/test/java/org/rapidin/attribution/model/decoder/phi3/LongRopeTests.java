package org.rapidin.attribution.model.decoder.phi3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RotaryAngles;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.TinyFamily;
import org.rapidin.attribution.model.torch.TestRuntime;

/** LongRoPE of Phi-3's files, against the formula of transformers in double precision. */
class LongRopeTests {
  private static final int ORIGINAL = 16;
  private static final int MAX = 64;
  private static final double THETA = 50;

  private static final String CONFIG =
      """
      {"model_type": "phi3", "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1,
       "vocab_size": 13, "rope_theta": 50.0, "max_position_embeddings": 64,
       "original_max_position_embeddings": 16%s,
       "rope_scaling": {"%s": "%s", "short_factor": %s, "long_factor": %s%s}}""";

  /** What {@code _compute_longrope_parameters} computes, at each length. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type | su | 1 | 16",
        "type | su | 1 | 17",
        "type | longrope | 1 | 16",
        "rope_type | longrope | 1 | 17",
        "rope_type | longrope | 0.75 | 16",
        "rope_type | longrope | 0.75 | 17",
      })
  void anglesAreThoseOfTheFormula(String key, String type, double part, int length) {
    int dimensions = (int) (8 * part);
    List<Double> shortFactors = List.of(1.0, 1.25, 1.5, 1.75).subList(0, dimensions / 2);
    List<Double> longFactors = List.of(2.0, 3.0, 5.0, 9.0).subList(0, dimensions / 2);
    String share = part == 1 ? "" : ", \"partial_rotary_factor\": " + part;
    List<Double> factors = length > ORIGINAL ? longFactors : shortFactors;
    double raised = Math.sqrt(1 + Math.log((double) MAX / ORIGINAL) / Math.log(ORIGINAL));
    requireAngles(
        CONFIG.formatted(share, key, type, shortFactors, longFactors, ""), length, factors, raised);
    String written = ", \"attention_factor\": 1.5";
    requireAngles(
        CONFIG.formatted(share, key, type, shortFactors, longFactors, written),
        length,
        factors,
        1.5);
  }

  /** At position 1 a pair is at its frequency, and as far from 0 as cosines are raised. */
  private static void requireAngles(String json, int length, List<Double> factors, double raised) {
    Phi3Plan plan = (Phi3Plan) ((ComposedConfig) TinyFamily.parse(json)).plan();
    try (NDManager manager = TestRuntime.get().newManager()) {
      RotaryAngles angles = new PassContext(manager, length).angles(plan.rotary());
      int dimensions = 2 * factors.size();
      assertEquals(dimensions, angles.width());
      float[] cos = angles.cos().toFloatArray();
      float[] sin = angles.sin().toFloatArray();
      for (int i = 0; i < dimensions; i++) {
        int pair = i % factors.size();
        double wanted = 1 / (factors.get(pair) * Math.pow(THETA, 2.0 * pair / dimensions));
        int at = dimensions + i;
        assertEquals(wanted, Math.atan2(sin[at], cos[at]), 1e-6);
        assertEquals(raised, Math.hypot(sin[at], cos[at]), 1e-6);
      }
    }
  }
}
