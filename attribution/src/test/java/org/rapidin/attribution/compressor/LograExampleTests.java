package org.rapidin.attribution.compressor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * The small example of LogIX: a perceptron 784-512-256-10 without biases on images of digits, of
 * which each layer is projected to rank 64. Numbers are random, as are the projections.
 *
 * @see <a href="https://github.com/logix-project/logix">LogIX, examples/mnist</a>
 */
class LograExampleTests {
  private static final int[] WIDTHS = {784, 512, 256, 10};
  private static final int LAYERS = 3;
  private static final int IMAGES = 6;
  private static final Logra LOGRA = new Logra(64, Modules.ALL, 11, 0);

  private final NDManager manager = TestRuntime.get().newManager();
  private final SplittableRandom random = new SplittableRandom(7);

  @AfterEach
  void close() {
    manager.close();
  }

  private double[][] numbers(int rows, int columns, double scale) {
    double[][] numbers = new double[rows][columns];
    for (double[] row : numbers) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) (scale * random.nextGaussian());
      }
    }
    return numbers;
  }

  private NDArray array(double[][] numbers) {
    float[] all = new float[numbers.length * numbers[0].length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) numbers[i / numbers[0].length][i % numbers[0].length];
    }
    return TorchMemory.floats(manager, new Shape(numbers.length, numbers[0].length), all);
  }

  private static GradientLayout layout() {
    List<GradientLayout.Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      List<Long> shape = List.of((long) WIDTHS[i + 1], (long) WIDTHS[i]);
      tensors.add(new GradientLayout.Tensor("layer" + i, shape, true));
    }
    return new GradientLayout(tensors, 1);
  }

  /** The factors of all layers by torch's forward and backward pass, one position per image. */
  private List<TensorGradient> factors(double[][][] weights, double[][] images, int[] targets) {
    List<NDArray> inputs = new ArrayList<>();
    List<NDArray> taps = new ArrayList<>();
    JniUtils.setGradMode(true);
    try {
      NDArray y = array(images);
      for (int layer = 0; layer < LAYERS; layer++) {
        inputs.add(y.stopGradient());
        NDArray tap = manager.zeros(new Shape(IMAGES, WIDTHS[layer + 1]));
        tap.setRequiresGradient(true);
        taps.add(tap);
        y = y.matMul(array(weights[layer]).transpose()).add(tap);
        y = layer < LAYERS - 1 ? Activation.relu(y) : y;
      }
      double[][] ones = new double[IMAGES][WIDTHS[LAYERS]];
      for (int image = 0; image < IMAGES; image++) {
        ones[image][targets[image]] = 1;
      }
      NDArray delta = y.stopGradient().softmax(1).sub(array(ones));
      JniUtils.backward((PtNDArray) y, (PtNDArray) delta, false, false);
    } finally {
      JniUtils.setGradMode(false);
    }
    List<TensorGradient> factors = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      NDArray delta = taps.get(layer).getGradient().expandDims(1);
      factors.add(new TensorGradient.Outer(layer, 0, delta, inputs.get(layer).expandDims(1)));
    }
    return factors;
  }

  private float[][] vectors(List<TensorGradient> factors) {
    GradientLayout layout = layout();
    try (Compressor compressor = Projections.logra(manager, LOGRA.fit(layout), layout, false)) {
      return compressor.compute(
          IMAGES,
          rows -> {
            factors.forEach(rows.checkpoint(0, (row, parameter, norm) -> 1)::accept);
            float[][] vectors = new float[IMAGES][];
            for (int image = 0; image < IMAGES; image++) {
              vectors[image] = rows.finish(image);
            }
            return vectors;
          });
    }
  }

  /** P·vec(∇W) of all layers: P_o·∇W·P_iᵀ, with whole matrices. */
  private static double[] projected(double[][][] gradients) {
    List<Double> all = new ArrayList<>();
    int column = 0;
    for (double[][] gradient : gradients) {
      int in = gradient[0].length;
      int out = gradient.length;
      int[][] right = PlainLogra.signs(LOGRA.seed(), Math.min(64, in), column, in);
      int[][] left = PlainLogra.signs(LOGRA.seed(), Math.min(64, out), column + in, out);
      column += in + out;
      double[][] half = new double[out][right.length];
      for (int o = 0; o < out; o++) {
        for (int b = 0; b < right.length; b++) {
          for (int i = 0; i < in; i++) {
            half[o][b] += gradient[o][i] * right[b][i];
          }
        }
      }
      double root = Math.sqrt((double) left.length * right.length);
      for (int[] signs : left) {
        for (int b = 0; b < right.length; b++) {
          double sum = 0;
          for (int o = 0; o < out; o++) {
            sum += signs[o] * half[o][b];
          }
          all.add(sum / root);
        }
      }
    }
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void projectedGradientsAndInfluencesAreThoseOfAPlainImplementation() {
    double[][][] weights = new double[LAYERS][][];
    for (int i = 0; i < LAYERS; i++) {
      weights[i] = numbers(WIDTHS[i + 1], WIDTHS[i], Math.sqrt(2.0 / WIDTHS[i]));
    }
    double[][] images = numbers(IMAGES, WIDTHS[0], 1);
    int[] targets = random.ints(IMAGES, 0, WIDTHS[LAYERS]).toArray();
    PlainPerceptron plain = new PlainPerceptron(weights);
    double[][] wanted = new double[IMAGES][];
    for (int image = 0; image < IMAGES; image++) {
      wanted[image] = projected(plain.gradients(images[image], targets[image]));
    }
    float[][] got = vectors(factors(weights, images, targets));
    for (int image = 0; image < IMAGES; image++) {
      assertEquals(64 * 64 + 64 * 64 + 10 * 64, got[image].length);
      double squares = 0;
      for (int i = 0; i < got[image].length; i++) {
        squares += Math.pow(got[image][i] - wanted[image][i], 2);
      }
      double error = Math.sqrt(squares / dot(wanted[image], wanted[image]));
      assertTrue(error < 1e-5, "off by " + error);
      for (int other = 0; other < IMAGES; other++) {
        double norms = norm(wanted[image]) * norm(wanted[other]);
        double influence = 0;
        for (int i = 0; i < got[image].length; i++) {
          influence += (double) got[image][i] * got[other][i];
        }
        assertEquals(dot(wanted[image], wanted[other]) / norms, influence / norms, 1e-5);
      }
    }
  }

  private static double norm(double[] numbers) {
    return Math.sqrt(dot(numbers, numbers));
  }

  private static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += u[i] * v[i];
    }
    return sum;
  }
}
