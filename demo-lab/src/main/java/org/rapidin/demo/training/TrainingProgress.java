package org.rapidin.demo.training;

/** Hears how far a training is. */
@FunctionalInterface
public interface TrainingProgress {
  /**
   * @param stage what is trained
   * @param done steps done
   * @param all steps in all
   * @param loss of the last step, nats per token
   */
  void step(String stage, int done, int all, double loss);
}
