package org.rapidin.attribution.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.memory.ReservedMemory;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Compares a gradient with the change of the loss over a small step. The step is made in a copy of
 * the adapter, so that nothing that others use changes; without an adapter, in a random one whose B
 * is zero, which leaves the model as it is.
 *
 * @param manager its sub-managers own what is computed
 * @param base weights of the model
 * @param memory reserves what the passes of a computer take, one at a time
 */
public record FiniteDifference(
    NDManager manager,
    DecoderConfig config,
    DecoderWeights base,
    Function<GradientComputer, ReservedMemory> memory) {
  private static final LoraConfig RANDOM = new LoraConfig(2, 2, false, List.of("all-linear"));
  private static final long SEED = 20;

  /** Share of the loss that a step changes: far above float32's rounding, still nearly linear. */
  private static final double STEP = 5e-3;

  /**
   * Measures the derivative along the gradient.
   *
   * @param lora configuration of the adapter, empty for none
   * @param adapter its matrices, empty for none
   * @return |difference - derivative| / derivative; NaN if the gradient is zero or not finite
   * @throws IllegalArgumentException if the passes can never fit in memory
   */
  public double error(
      Optional<LoraConfig> lora, Optional<LoraWeights> adapter, WeightedSequence sequence) {
    try (NDManager own = manager.newSubManager();
        LoraWeights copy = LoraWeights.random(own, lora.orElse(RANDOM), config.layout(), SEED)) {
      adapter.ifPresent(source -> copyInto(copy, source.parameters()));
      GradientComputer computer =
          new GradientComputer(own, config.build(base, Optional.of(copy)), List.of("adapter"));
      try (ReservedMemory _ = memory.apply(computer)) {
        return error(copy, computer, sequence);
      }
    }
  }

  private static double error(
      LoraWeights copy, GradientComputer computer, WeightedSequence sequence) {
    float[][] gradient = new float[computer.parameters().size()][];
    double loss =
        computer
            .compute(
                List.of(sequence),
                new DenseRows(
                    (row, parameter, values) ->
                        gradient[parameter] = values.toArray(ValueLayout.JAVA_FLOAT)))[0];
    double norm = norm(gradient);
    if (!(norm > 0) || Double.isInfinite(norm)) {
      return Double.NaN;
    }
    double step = STEP * loss / norm;
    double up = loss(copy, computer, gradient, step / norm, sequence);
    double down = loss(copy, computer, gradient, -2 * step / norm, sequence);
    return Math.abs((up - down) / (2 * step) - norm) / norm;
  }

  /** Moves the adapter along the gradient and returns the loss there. */
  private static double loss(
      LoraWeights adapter,
      GradientComputer computer,
      float[][] gradient,
      double factor,
      WeightedSequence sequence) {
    for (int p = 0; p < gradient.length; p++) {
      NDArray parameter = adapter.parameters().get(computer.parameters().get(p).name());
      MemorySegment values = TorchMemory.view(parameter);
      for (int i = 0; i < gradient[p].length; i++) {
        float moved =
            (float) (values.getAtIndex(ValueLayout.JAVA_FLOAT, i) + factor * gradient[p][i]);
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
      }
      TorchMemory.replace(parameter, values);
    }
    return computer.compute(List.of(sequence), ignored -> {})[0];
  }

  private static void copyInto(LoraWeights target, Map<String, NDArray> source) {
    source.forEach(
        (name, array) ->
            TorchMemory.replace(target.parameters().get(name), TorchMemory.view(array)));
  }

  private static double norm(float[][] gradient) {
    double squares = 0;
    for (float[] tensor : gradient) {
      for (float value : tensor) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }
}
