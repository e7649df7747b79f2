package org.rapidin.attribution.gradient;

import java.lang.foreign.MemorySegment;

/** Takes gradients row by row, multiplied out. Called by one thread at a time. */
@FunctionalInterface
public interface GradientSink {

  /**
   * One parameter tensor's gradient of one sample (or of one token, when tokens were asked for).
   *
   * @param row index of the sample in the batch, or of the token in the request
   * @param parameter index into the computer's list of parameters
   * @param gradient float32 in native order, row-major, as many as the parameter has; valid only
   *     during the call
   */
  void accept(int row, int parameter, MemorySegment gradient);
}
