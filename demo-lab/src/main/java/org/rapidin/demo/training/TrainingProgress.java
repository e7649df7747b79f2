package org.rapidin.demo.training;

/** Receives the progress of a training. */
@FunctionalInterface
public interface TrainingProgress {
  /**
   * @param stage the name of the training
   * @param done number of steps done
   * @param all number of all steps
   * @param loss loss of the last step, in nats per token
   */
  void step(String stage, int done, int all, double loss);
}
