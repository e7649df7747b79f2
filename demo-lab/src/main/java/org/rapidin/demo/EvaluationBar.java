package org.rapidin.demo;

import me.tongfei.progressbar.ProgressBar;
import org.rapidin.demo.evaluation.EvaluationProgress;

/** Shows the progress of an evaluation on the terminal. */
final class EvaluationBar implements EvaluationProgress, AutoCloseable {
  private ProgressBar bar;

  @Override
  public synchronized void begin(String stage, long steps) {
    end();
    bar = steps == 0 ? null : new ProgressBar(stage, steps);
  }

  @Override
  public synchronized void step(int steps) {
    if (bar != null) {
      bar.stepBy(steps);
    }
  }

  @Override
  public synchronized void end() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /** Ends the bar. Idempotent. */
  @Override
  public void close() {
    end();
  }
}
