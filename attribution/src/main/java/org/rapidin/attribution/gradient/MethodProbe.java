package org.rapidin.attribution.gradient;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.rapidin.attribution.memory.ReservedMemory;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;

/**
 * Compares two computers of the same gradients on two short texts of unequal length. Each tensor's
 * gradients are compared by sketches of 256 numbers, whose distance is that of the gradients within
 * about 10 %, so that nothing large is kept.
 */
final class MethodProbe implements TensorSink {
  /** Float32 rounding reaches about 1e-5; a wrong formula is off by much more. */
  private static final double TOLERANCE = 1e-3;

  /** A tensor whose gradient nearly cancels is compared with this share of the whole gradient. */
  private static final double MIN_SHARE = 1e-3;

  private static final GradientSketch SKETCH = new StreamingSketch(256, 1);
  private static final int LENGTH = 24;

  private final Map<String, float[]> sketches = new TreeMap<>();
  private final DenseRows rows;

  private MethodProbe(List<Parameter> parameters) {
    this.rows =
        new DenseRows(
            (row, parameter, gradient) -> {
              GradientSketch.Accumulator sum = SKETCH.accumulator();
              sum.add(gradient, 0, 1);
              sketches.put(parameters.get(parameter).name() + " of text " + row, sum.finish());
            });
  }

  @Override
  public void accept(TensorGradient gradient) {
    rows.accept(gradient);
  }

  /** See {@link GradientComputer#disagreement}. */
  static Optional<String> disagreement(
      GradientComputer tested,
      GradientComputer oracle,
      DecoderConfig config,
      BiFunction<GradientComputer, List<WeightedSequence>, ReservedMemory> memory) {
    List<WeightedSequence> texts = texts(config);
    return run(oracle, texts, memory).furthest(run(tested, texts, memory));
  }

  private static MethodProbe run(
      GradientComputer computer,
      List<WeightedSequence> texts,
      BiFunction<GradientComputer, List<WeightedSequence>, ReservedMemory> memory) {
    MethodProbe probe = new MethodProbe(computer.parameters());
    try (ReservedMemory _ = memory.apply(computer, texts)) {
      computer.compute(texts, probe);
    }
    return probe;
  }

  private static List<WeightedSequence> texts(DecoderConfig config) {
    Random random = new Random(1);
    List<WeightedSequence> texts = new ArrayList<>();
    for (int length : new int[] {LENGTH, LENGTH / 2}) {
      int tokens = Math.max(2, Math.min(length, config.maxPositions()));
      float[] weights = new float[tokens];
      for (int t = 1; t < tokens; t++) {
        weights[t] = 1f / tokens;
      }
      long[] ids = random.longs(tokens, 0, config.vocabularySize()).toArray();
      texts.add(new WeightedSequence(ids, weights));
    }
    return texts;
  }

  private Optional<String> furthest(MethodProbe other) {
    double whole = 0;
    for (float[] sketch : sketches.values()) {
      whole += squares(sketch, new float[sketch.length]);
    }
    double least = MIN_SHARE * MIN_SHARE * whole + Float.MIN_NORMAL;
    double worst = 0;
    String where = "";
    for (Map.Entry<String, float[]> entry : sketches.entrySet()) {
      float[] sketch = entry.getValue();
      double norm = Math.max(squares(sketch, new float[sketch.length]), least);
      double error = Math.sqrt(squares(sketch, other.sketches.get(entry.getKey())) / norm);
      if (Double.isNaN(error) || error > worst) {
        worst = error;
        where = entry.getKey();
      }
      if (Double.isNaN(worst)) {
        break;
      }
    }
    return worst <= TOLERANCE
        ? Optional.empty()
        : Optional.of(
            String.format(Locale.ROOT, "the gradient of %s is off by %.1e", where, worst));
  }

  private static double squares(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }
}
