package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** One way of measuring methods. */
interface EvaluationProtocol {

  /** Returns the name in commands and in the document. */
  String name();

  /**
   * Measures.
   *
   * @param lab keeps what is expensive
   * @param sets trainings with different seeds, at least one
   * @return the section of the document, Markdown without a heading
   */
  String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException;
}
