package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Method identity without normalization gives the gradients that others computed in float64. */
class IdentityReferenceTests {
  /** What float32 reaches is 1e-6 to 1e-5; a wrong formula misses by much more than 1e-4. */
  private static final double TOLERANCE = 1e-4;

  @Test
  void vectorsAreWholeGradients() throws Exception {
    List<ReferenceGradient> references = List.of(ReferenceGradient.a(), ReferenceGradient.b());
    try (Attributor attributor =
        Attributor.open(
            ReferenceGradient.spec(), "print", ReferenceGradient.directory(), TestRuntime.get())) {
      for (ReferenceGradient reference : references) {
        requireClose(
            reference,
            AttributorTestCase.vector(
                attributor.documents(List.of(reference.sample())).getFirst()));
        requireClose(
            reference,
            attributor.query(reference.sample(), new TokenSelection.All(), false).vector());
      }
    }
  }

  private static void requireClose(ReferenceGradient reference, float[] got) {
    assertEquals(reference.numbers().length, got.length);
    double squares = 0;
    for (int i = 0; i < got.length; i++) {
      squares += Math.pow(reference.numbers()[i] - got[i], 2);
    }
    double error = Math.sqrt(squares / reference.dot(reference));
    System.out.println("identity: relative error " + error);
    assertTrue(error < TOLERANCE, "off by " + error);
  }
}
