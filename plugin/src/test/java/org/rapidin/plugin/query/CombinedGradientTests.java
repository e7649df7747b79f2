package org.rapidin.plugin.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Laws of the vector that stands for several generations. */
class CombinedGradientTests {
  private static final int K = 256;

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  private static float[] noise(int seed) {
    return FakeGradients.gaussian(seed, K);
  }

  @Test
  void aProductWithTheSumIsTheSumOfTheProducts() {
    CombinedGradient combined = new CombinedGradient(K);
    double[] factors = {2, -0.5, 0.25};
    double wanted = 0;
    float[] document = noise(9);
    for (int i = 0; i < factors.length; i++) {
      combined.add(noise(i), factors[i]);
      wanted += factors[i] * dot(noise(i), document);
    }
    assertEquals(wanted, dot(combined.finish(), document), 1e-4);
  }

  @Test
  void nothingIsLeftAlongNuisanceDirections() {
    CombinedGradient combined = new CombinedGradient(K);
    for (int seed = 10; seed < 20; seed++) {
      combined.leaveOut(noise(seed));
    }
    combined.add(noise(1), 1);
    float[] vector = combined.finish();
    for (int seed = 10; seed < 20; seed++) {
      assertEquals(0, dot(vector, noise(seed)), 1e-4);
    }
  }

  @Test
  void whatIsOrthogonalToTheNuisanceStays() {
    float[] nuisance = new float[K];
    nuisance[3] = 5;
    float[] gradient = noise(1);
    CombinedGradient combined = new CombinedGradient(K);
    combined.leaveOut(nuisance);
    combined.add(gradient, 1);
    float[] vector = combined.finish();
    for (int k = 0; k < K; k++) {
      assertEquals(k == 3 ? 0 : gradient[k], vector[k], 1e-6);
    }
  }

  @Test
  void aDirectionThatOthersSpanAddsNothing() {
    float[] sum = new float[K];
    CombinedGradient plain = new CombinedGradient(K);
    CombinedGradient repeated = new CombinedGradient(K);
    for (int seed = 10; seed < 13; seed++) {
      float[] direction = noise(seed);
      plain.leaveOut(direction);
      repeated.leaveOut(direction);
      for (int k = 0; k < K; k++) {
        sum[k] += 3 * direction[k];
      }
    }
    repeated.leaveOut(sum);
    repeated.leaveOut(new float[K]);
    plain.add(noise(1), 1);
    repeated.add(noise(1), 1);
    float[] wanted = plain.finish();
    float[] got = repeated.finish();
    for (int k = 0; k < K; k++) {
      assertEquals(wanted[k], got[k], 1e-6);
    }
  }

  @Test
  void aGradientThatIsAllNuisanceIsRefused() {
    CombinedGradient combined = new CombinedGradient(K);
    combined.leaveOut(noise(1));
    combined.add(noise(1), -7);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, combined::finish);
    assertTrue(refused.getMessage().contains("[nuisance]"), refused::getMessage);
  }

  @Test
  void almostEqualDirectionsLeaveAnOrthonormalBasis() {
    List<float[]> directions = new ArrayList<>();
    CombinedGradient combined = new CombinedGradient(K);
    for (int i = 0; i < 5; i++) {
      float[] direction = noise(10);
      direction[i] += 1e-2f;
      directions.add(direction);
      combined.leaveOut(direction);
    }
    combined.add(noise(1), 1);
    float[] vector = combined.finish();
    for (float[] direction : directions) {
      assertEquals(0, dot(vector, direction), 1e-4);
    }
  }
}
