package org.rapidin.attribution.fitted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

/**
 * The uncentred covariances of both factors of linear layers' gradients: sums over tokens of δ·δᵀ
 * and of x·xᵀ, with δ the gradient at the layer's output and x its input. In float64. Not for
 * several threads.
 *
 * @see <a href="https://arxiv.org/abs/2405.13954">LoGra, section 3.2</a>
 */
public final class FactorCovariances {
  private final List<Tensor> layers;
  private final List<Triangle> outputs;
  private final List<Triangle> inputs;
  private final long[] tokens;

  /**
   * Begins without tokens; takes {@link #bytes}.
   *
   * @param layout weights of linear layers, [n_o, n_i]
   */
  public FactorCovariances(GradientLayout layout) {
    this.layers = layout.tensors();
    this.outputs = layers.stream().map(layer -> new Triangle(width(layer, 0))).toList();
    this.inputs = layers.stream().map(layer -> new Triangle(width(layer, 1))).toList();
    this.tokens = new long[layers.size()];
  }

  private static int width(Tensor layer, int side) {
    return Math.toIntExact(layer.shape().get(side));
  }

  /** Returns the bytes that the covariances of these layers take in memory. */
  public static long bytes(GradientLayout layout) {
    return layout.tensors().stream()
            .flatMap(layer -> layer.shape().stream())
            .mapToLong(width -> Triangle.length(Math.toIntExact(width)))
            .sum()
        * Double.BYTES;
  }

  /**
   * Returns the bytes that {@link #components} takes besides the covariances.
   *
   * @param rank at least 1
   */
  public static long componentBytes(GradientLayout layout, int rank) {
    long widest =
        layout.tensors().stream()
            .flatMap(layer -> layer.shape().stream())
            .mapToLong(width -> Eigenvectors.bytes(Math.toIntExact(width)))
            .max()
            .orElse(0);
    return widest + PrincipalComponents.bytes(layout, rank);
  }

  /**
   * Adds some tokens of one layer.
   *
   * @param count how many
   * @param ofOutputs Σ δ·δᵀ, float32 in native order, n_o×n_o
   * @param ofInputs Σ x·xᵀ, float32 in native order, n_i×n_i
   * @param weight of each token
   * @throws IllegalArgumentException if a number is not finite; nothing is added then
   */
  public void add(
      int layer, long count, MemorySegment ofOutputs, MemorySegment ofInputs, double weight) {
    requireFinite(layer, ofOutputs);
    requireFinite(layer, ofInputs);
    outputs.get(layer).addSymmetric(ofOutputs, weight);
    inputs.get(layer).addSymmetric(ofInputs, weight);
    tokens[layer] += count;
  }

  private void requireFinite(int layer, MemorySegment floats) {
    long length = floats.byteSize() / Float.BYTES;
    double sum = 0;
    for (long i = 0; i < length; i++) {
      sum += floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException(
          "inputs of [%s] or the gradients at its outputs have numbers that are not finite (NaN or infinity) or too large: leave out the documents that cause them"
              .formatted(layers.get(layer).name()));
    }
  }

  /**
   * Computes the eigenvectors of the largest eigenvalues.
   *
   * @param fingerprint of the attributor whose gradients these are
   * @param rank how many of each side at most, at least 1; of a shorter side all
   * @param check runs often, with the number of the layer that is next, and throws to stop
   * @throws IllegalArgumentException if fewer tokens were added than a side has components; names
   *     the layer
   */
  public PrincipalComponents components(String fingerprint, int rank, IntConsumer check) {
    for (int layer = 0; layer < tokens.length; layer++) {
      requireTokens(layer, rank);
    }
    List<PrincipalComponents.Layer> components = new ArrayList<>();
    for (int layer = 0; layer < tokens.length; layer++) {
      int next = layer;
      Runnable stop = () -> check.accept(next);
      components.add(
          new PrincipalComponents.Layer(
              layers.get(layer).name(),
              largest(outputs.get(layer), rank, stop),
              largest(inputs.get(layer), rank, stop)));
    }
    return new PrincipalComponents(fingerprint, rank, components);
  }

  private void requireTokens(int layer, int rank) {
    long widest = Math.max(width(layers.get(layer), 0), width(layers.get(layer), 1));
    long wanted = Math.min(rank, widest);
    if (tokens[layer] < wanted) {
      throw new IllegalArgumentException(
          "%s tokens of the sample have a part in the gradient of [%s], which do not determine %s components: use a larger sample or a smaller rank"
              .formatted(tokens[layer], layers.get(layer).name(), wanted));
    }
  }

  private static float[][] largest(Triangle covariance, int rank, Runnable check) {
    double[][] matrix = covariance.toRows();
    double[][] vectors = Eigenvectors.largest(matrix, Math.min(rank, matrix.length), check);
    float[][] rounded = new float[vectors.length][matrix.length];
    for (int k = 0; k < rounded.length; k++) {
      for (int i = 0; i < rounded[k].length; i++) {
        rounded[k][i] = (float) vectors[k][i];
      }
    }
    return rounded;
  }
}
