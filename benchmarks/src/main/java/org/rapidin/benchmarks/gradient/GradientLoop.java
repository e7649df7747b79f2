package org.rapidin.benchmarks.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.LayerNormalization;

/**
 * Gradients of random documents in batches, with or without compression.
 *
 * @param sketch compresses each gradient after its tensors were normalized; null to drop gradients
 */
record GradientLoop(GradientComputer computer, GradientSketch sketch, int vocabulary) {

  /** Computes one batch. */
  void run(int batch, int tokens) {
    List<WeightedSequence> samples = samples(batch, tokens);
    if (sketch == null) {
      computer.compute(samples, new DenseRows((row, parameter, gradient) -> {}));
      return;
    }
    List<GradientSketch.Accumulator> sums = new ArrayList<>();
    samples.forEach(sample -> sums.add(sketch.accumulator()));
    computer.compute(samples, compressing(sums));
    sums.forEach(GradientSketch.Accumulator::finish);
  }

  private TensorSink compressing(List<GradientSketch.Accumulator> sums) {
    long[] offsets = new long[computer.parameters().size()];
    long end = 0;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = end;
      Parameter parameter = computer.parameters().get(i);
      end += parameter.size();
    }
    return new DenseRows(
        (row, parameter, gradient) -> {
          double norm = Math.sqrt(LayerNormalization.squaredNorm(gradient));
          float scale = (float) LayerNormalization.scale(norm);
          sums.get(row).add(gradient, offsets[parameter], scale);
        });
  }

  private List<WeightedSequence> samples(int batch, int tokens) {
    Random random = new Random(3);
    List<WeightedSequence> samples = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      float[] weights = new float[tokens];
      Arrays.fill(weights, 1, tokens, 1f / (tokens - 1));
      samples.add(new WeightedSequence(random.longs(tokens, 0, vocabulary).toArray(), weights));
    }
    return samples;
  }
}
