package org.rapidin.demo.training;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.rapidin.attribution.gradient.WeightedSequence;

/** Trains a model from random weights on an endless stream of samples. */
record BaseTraining(int steps, int batch, double rate, double weightDecay) {
  private static final int WARM_UP = 50;

  /** Linear warm-up, then a half cosine to a tenth of the rate. */
  double rateAt(int step) {
    double warm = Math.min(1, (step + 1.0) / WARM_UP);
    return rate * warm * (0.1 + 0.45 * (1 + Math.cos(Math.PI * step / steps)));
  }

  void run(TrainingStep training, Supplier<WeightedSequence> samples, TrainingProgress progress) {
    for (int step = 0; step < steps; step++) {
      List<WeightedSequence> drawn = Stream.generate(samples).limit(batch).toList();
      double loss = training.run(drawn, rateAt(step));
      progress.step("base model", step + 1, steps, loss);
    }
  }
}
