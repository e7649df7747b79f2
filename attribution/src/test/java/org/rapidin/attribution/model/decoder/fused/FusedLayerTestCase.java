package org.rapidin.attribution.model.decoder.fused;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.Decoder;

/** Backward passes by hand on random sequences. */
abstract class FusedLayerTestCase {

  /** Random sequences, each with mean loss over its second half. */
  static List<WeightedSequence> batch(Decoder decoder, int... lengths) {
    Random random = new Random(7);
    return IntStream.of(lengths)
        .mapToObj(
            length -> {
              float[] weights = new float[length];
              int loss = Math.max(1, length / 2);
              for (int t = length - loss; t < length; t++) {
                weights[t] = 1f / loss;
              }
              int vocabulary = decoder.config().vocabularySize();
              return new WeightedSequence(random.longs(length, 0, vocabulary).toArray(), weights);
            })
        .toList();
  }

  static double requireEqual(
      String what, Map<String, float[]> wanted, Map<String, float[]> got, double tolerance) {
    double worst = 0;
    for (String name : wanted.keySet()) {
      double error = CollectedGradients.error(wanted, got, name);
      assertTrue(error <= tolerance, "%s: %s is off by %s".formatted(what, name, error));
      worst = Math.max(worst, error);
    }
    return worst;
  }
}
