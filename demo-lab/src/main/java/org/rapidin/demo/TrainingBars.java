package org.rapidin.demo;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.rapidin.demo.training.TrainingProgress;

/** Shows the progress of a training on the terminal, one bar per stage. */
final class TrainingBars implements TrainingProgress, AutoCloseable {
  private String shown = "";
  private ProgressBar bar;

  @Override
  public void step(String stage, int done, int all, double loss) {
    if (!stage.equals(shown)) {
      close();
      bar = new ProgressBar(stage, all);
      shown = stage;
    }
    bar.setExtraMessage(String.format(Locale.ROOT, "loss %.3f", loss));
    bar.stepTo(done);
  }

  /** Ends the last bar. Idempotent. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
