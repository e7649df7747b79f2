package org.rapidin.plugin.query;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;

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

  private static CombinedGradient combination() {
    return new CombinedGradient(K, bytes -> () -> {});
  }

  private static InfluenceSubject.Generation text(int seed) {
    return new InfluenceSubject.Generation(
        new Sample("", Integer.toString(seed)), new TokenSelection.All());
  }

  private static GenerationSet set(GenerationSet.Combine combine, float... weights) {
    List<GenerationSet.Weighted> generations = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      generations.add(new GenerationSet.Weighted(text(i), weights[i]));
    }
    return new GenerationSet(generations, combine, List.of(text(20)));
  }

  private static CompletableFuture<float[]> gradient(InfluenceSubject.Generation generation) {
    int seed = Integer.parseInt(generation.sample().completion());
    return CompletableFuture.completedFuture(noise(seed));
  }

  /**
   * Documents that a negative weight asks for come first with both, whatever the weights add to.
   */
  @Test
  void theMeanHasTheSignAndTheOrderOfTheSum() {
    for (float[] weights : List.of(new float[] {-1}, new float[] {1, -2}, new float[] {1, -1})) {
      float[] sum =
          combination().of(set(GenerationSet.Combine.SUM, weights), g -> gradient(g)).join();
      float[] mean =
          combination().of(set(GenerationSet.Combine.MEAN, weights), g -> gradient(g)).join();
      double total = 0;
      for (float weight : weights) {
        total += Math.abs(weight);
      }
      for (int k = 0; k < K; k++) {
        assertEquals(sum[k] / total, mean[k], 1e-6);
      }
    }
  }

  /** Each is the vector of a separate set. */
  @Test
  void eachGenerationHasAVectorWithoutTheNuisance() {
    float[] weights = {2, -1, 0.5f};
    List<float[]> vectors =
        combination().each(set(GenerationSet.Combine.MAX, weights), g -> gradient(g)).join();
    assertEquals(weights.length, vectors.size());
    for (int i = 0; i < weights.length; i++) {
      CombinedGradient alone = combination();
      alone.leaveOut(noise(20));
      alone.add(noise(i), weights[i]);
      assertArrayEquals(alone.finish(), vectors.get(i));
    }
  }

  @Test
  void memoryIsReservedAsDirectionsArriveAndGivenBackAtTheEnd() {
    AtomicLong reserved = new AtomicLong();
    CombinedGradient combined =
        new CombinedGradient(
            K,
            bytes -> {
              reserved.addAndGet(bytes);
              return () -> reserved.addAndGet(-bytes);
            });
    assertEquals(16 * K, reserved.get());
    combined.leaveOut(noise(1));
    assertEquals(20 * K, reserved.get());
    combined.close();
    assertEquals(0, reserved.get());
  }

  @Test
  void aFaultNamesTheTextAndEndsTheChain() {
    List<String> asked = new ArrayList<>();
    CompletableFuture<float[]> vector =
        combination()
            .of(
                set(GenerationSet.Combine.SUM, 1, 2, 3),
                generation -> {
                  asked.add(generation.sample().completion());
                  return asked.size() < 3
                      ? gradient(generation)
                      : CompletableFuture.failedFuture(new IllegalArgumentException("too long"));
                });
    CompletionException failed = assertThrows(CompletionException.class, vector::join);
    assertEquals("[generations] entry 1: too long", failed.getCause().getMessage());
    assertEquals(List.of("20", "0", "1"), asked);
  }

  @Test
  void gradientsThatCancelOutAreRefused() {
    CombinedGradient combined = combination();
    combined.add(noise(1), 1);
    combined.add(noise(1), -1);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, combined::finish);
    assertTrue(refused.getMessage().contains("cancel out"), refused::getMessage);
  }

  @Test
  void aProductWithTheSumIsTheSumOfTheProducts() {
    CombinedGradient combined = combination();
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
    CombinedGradient combined = combination();
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
    CombinedGradient combined = combination();
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
    CombinedGradient plain = combination();
    CombinedGradient repeated = combination();
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
    CombinedGradient combined = combination();
    combined.leaveOut(noise(1));
    combined.add(noise(1), -7);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, combined::finish);
    assertTrue(refused.getMessage().contains("[nuisance]"), refused::getMessage);
  }

  @Test
  void almostEqualDirectionsLeaveAnOrthonormalBasis() {
    List<float[]> directions = new ArrayList<>();
    CombinedGradient combined = combination();
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
