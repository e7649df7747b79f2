package org.rapidin.demo.evaluation;

/** Is told how far an evaluation is. Thread-safe. */
public interface EvaluationProgress {
  /** Shows nothing. */
  EvaluationProgress NONE =
      new EvaluationProgress() {
        @Override
        public void begin(String stage, long steps) {}

        @Override
        public void step(int steps) {}

        @Override
        public void end() {}
      };

  /** A stage begins. */
  void begin(String stage, long steps);

  /** Some steps are done; not all belong to a stage. */
  void step(int steps);

  /** The stage ends. */
  void end();
}
