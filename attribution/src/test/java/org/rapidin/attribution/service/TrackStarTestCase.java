package org.rapidin.attribution.service;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.MomentsFile;
import org.rapidin.attribution.model.file.MomentsFile.Moments;
import org.rapidin.attribution.model.file.TinyModelDirectory;

/**
 * A tiny model whose directory has second moments, layer 0 as Adam keeps them, layer 1 as
 * Adafactor. Gradients of these models are about 0.1.
 */
abstract class TrackStarTestCase extends AttributorTestCase {
  static final Identity EXACT = new Identity(0);

  /** What the file holds by tensor name: r and c of Adafactor, or a number each. */
  private final Map<String, double[][]> factored = new HashMap<>();

  private final Map<String, double[]> dense = new HashMap<>();

  @BeforeEach
  void writeMoments() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    Map<String, Moments> tensors = new LinkedHashMap<>();
    for (Tensor tensor : layout(spec(EXACT, List.of())).tensors()) {
      String name = tensor.name();
      int out = tensor.shape().get(0).intValue();
      int in = tensor.shape().get(1).intValue();
      if (name.contains("layers.0.")) {
        float[] numbers = moments(random, out * in);
        dense.put(name, doubles(numbers));
        tensors.put(name, new Moments(tensor.shape(), numbers));
      } else {
        float[] rows = moments(random, out);
        float[] columns = moments(random, in);
        factored.put(name, new double[][] {doubles(rows), doubles(columns)});
        tensors.put(name + ".exp_avg_sq_row", new Moments(List.of((long) out), rows));
        tensors.put(name + ".exp_avg_sq_col", new Moments(List.of((long) in), columns));
      }
    }
    MomentsFile.write(root.resolve(TinyModelDirectory.MODEL), tensors);
  }

  private static float[] moments(SplittableRandom random, int count) {
    float[] moments = new float[count];
    for (int i = 0; i < count; i++) {
      moments[i] = (float) Math.exp(random.nextDouble(-8, 2));
    }
    return moments;
  }

  static double[] doubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }

  static TrackStar method(int dimension, boolean secondMoment, boolean unitNorm) {
    return new TrackStar(dimension, secondMoment, unitNorm, 5);
  }

  static AttributorSpec spec(Compression compression, List<?> checkpoints) {
    AttributorSpec spec =
        spec(
            "adapter",
            "",
            "checkpoints",
            checkpoints.isEmpty() ? "" : checkpoints,
            "parameters",
            "linear",
            "normalization",
            "none",
            "score_scale",
            1);
    return spec.with(compression);
  }

  GradientLayout layout(AttributorSpec spec) throws Exception {
    return ModelCheck.gradients(directory(spec), spec);
  }

  /** V of each of the P numbers, from the definitions of both optimizers. */
  private double[] divisors(GradientLayout layout) {
    double[] divisors = new double[Math.toIntExact(layout.length())];
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      for (int t = 0; t < layout.tensors().size(); t++) {
        Tensor tensor = layout.tensors().get(t);
        int from = Math.toIntExact(layout.position(checkpoint, t));
        int in = tensor.shape().get(1).intValue();
        for (int i = 0; i < tensor.size(); i++) {
          divisors[from + i] = divisor(tensor.name(), i, in);
        }
      }
    }
    return divisors;
  }

  private double divisor(String name, int i, int in) {
    if (dense.containsKey(name)) {
      return Math.sqrt(dense.get(name)[i]) + 1e-8;
    }
    double[] rows = factored.get(name)[0];
    double mean = 0;
    for (double row : rows) {
      mean += row / rows.length;
    }
    return Math.sqrt(rows[i / in] * factored.get(name)[1][i % in] / mean);
  }

  /** A gradient over √V, if the method divides by it. */
  double[] corrected(GradientLayout layout, TrackStar method, float[] gradient) {
    double[] numbers = doubles(gradient);
    if (method.secondMoment()) {
      double[] divisors = divisors(layout);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] /= divisors[i];
      }
    }
    return numbers;
  }
}
