package org.rapidin.demo.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.rapidin.attribution.gradient.WeightedSequence;

/**
 * Trains an adapter on a fixed set for several epochs. The learning rate grows linearly over the
 * first epochs and is constant afterwards, so that the first checkpoints have not memorized the set
 * yet.
 */
record FineTuning(int epochs, int warmUpEpochs, int batch, double rate) {

  /** Called after each epoch. */
  @FunctionalInterface
  interface AfterEpoch {
    /**
     * @param epoch from 1
     */
    void accept(int epoch) throws IOException;
  }

  void run(
      TrainingStep training,
      List<WeightedSequence> samples,
      long seed,
      TrainingProgress progress,
      AfterEpoch after)
      throws IOException {
    List<WeightedSequence> order = new ArrayList<>(samples);
    Random random = new Random(seed);
    int stepsPerEpoch = (samples.size() + batch - 1) / batch;
    for (int epoch = 1; epoch <= epochs; epoch++) {
      Collections.shuffle(order, random);
      for (int step = 0; step < stepsPerEpoch; step++) {
        int from = step * batch;
        int done = (epoch - 1) * stepsPerEpoch + step + 1;
        double warm = Math.min(1, (double) done / (warmUpEpochs * stepsPerEpoch));
        double loss =
            training.run(order.subList(from, Math.min(from + batch, order.size())), rate * warm);
        progress.step("adapter", done, epochs * stepsPerEpoch, loss);
      }
      after.accept(epoch);
    }
  }
}
