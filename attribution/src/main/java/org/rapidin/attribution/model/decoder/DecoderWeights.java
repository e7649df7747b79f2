package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.rapidin.attribution.model.file.TensorInfo;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * All parameters of a decoder as float32 arrays in torch's memory, by their Hugging Face names.
 *
 * <p>Owns the arrays: {@link #close} frees them, after the last use by any decoder. Loading belongs
 * to one thread and may not happen inside an {@link ai.djl.ndarray.NDScope}, which would free the
 * arrays at its end.
 */
public final class DecoderWeights implements AutoCloseable {
  private final ModelConfig config;
  private final NDManager manager;
  private final Map<String, NDArray> parameters;

  private DecoderWeights(ModelConfig config, NDManager manager, Map<String, NDArray> parameters) {
    this.config = config;
    this.manager = manager;
    this.parameters = Collections.unmodifiableMap(parameters);
  }

  /**
   * Copies a model's weights out of its files.
   *
   * @param parent its sub-manager will own the arrays
   * @throws IllegalArgumentException if a tensor is missing, unknown or of another shape; names it
   */
  public static DecoderWeights load(NDManager parent, ModelConfig config, TensorSource files) {
    requireFits(config, files);
    return fill(
        parent,
        config,
        (manager, name, shape) ->
            TorchMemory.floats(
                manager, shape, (from, piece) -> files.readFloats(name, from, piece)));
  }

  /**
   * Weights to start training from: norms 1, biases 0, everything else normal with the given
   * standard deviation. The same seed gives the same bits everywhere.
   *
   * @param parent its sub-manager will own the arrays
   */
  public static DecoderWeights random(
      NDManager parent, ModelConfig config, double deviation, long seed) {
    Random random = new Random(seed);
    return fill(
        parent,
        config,
        (manager, name, shape) -> {
          float[] values = new float[Math.toIntExact(shape.size())];
          if (name.endsWith("norm.weight")) {
            Arrays.fill(values, 1);
          } else if (!name.endsWith(".bias")) {
            for (int i = 0; i < values.length; i++) {
              values[i] = (float) (deviation * random.nextGaussian());
            }
          }
          return TorchMemory.floats(manager, shape, values);
        });
  }

  @FunctionalInterface
  private interface Maker {
    NDArray make(NDManager manager, String name, Shape shape);
  }

  private static DecoderWeights fill(NDManager parent, ModelConfig config, Maker maker) {
    NDManager manager = parent.newSubManager();
    try {
      Map<String, NDArray> parameters = new LinkedHashMap<>();
      LlamaLayout.parameters(config)
          .forEach(
              (name, shape) -> parameters.put(name, maker.make(manager, name, new Shape(shape))));
      return new DecoderWeights(config, manager, parameters);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Checks what the files say of their tensors against what the configuration asks for. */
  static void requireFits(ModelConfig config, TensorSource files) {
    Map<String, long[]> shapes = LlamaLayout.parameters(config);
    for (String name : files.names()) {
      if (!shapes.containsKey(name) && !LlamaLayout.isIgnorable(config, name)) {
        throw new IllegalArgumentException(
            "the model's files hold tensor [" + name + "], which config.json does not account for");
      }
    }
    shapes.forEach((name, shape) -> requireShape(files, name, shape));
  }

  static void requireShape(TensorSource files, String name, long[] shape) {
    if (!files.names().contains(name)) {
      throw new IllegalArgumentException("the model's files lack tensor [" + name + "]");
    }
    TensorInfo info = files.info(name);
    if (!Arrays.equals(info.shape(), shape)) {
      throw new IllegalArgumentException(
          "tensor ["
              + name
              + "] has shape "
              + Arrays.toString(info.shape())
              + ", the configuration asks for "
              + Arrays.toString(shape));
    }
    if (!info.type().isReadable()) {
      throw new IllegalArgumentException(
          "tensor [" + name + "] has type " + info.type() + "; weights must be F32, F16 or BF16");
    }
  }

  /** The shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /**
   * The parameters by name, in a fixed order; a tied head is only there as the embedding. The
   * arrays may be made to require gradients, or be updated in place, while no one else uses them.
   */
  public Map<String, NDArray> parameters() {
    return parameters;
  }

  /** Where arrays belong that live as long as the weights. */
  NDManager manager() {
    return manager;
  }

  /** Frees the arrays; a second call does nothing. */
  @Override
  public void close() {
    manager.close();
  }
}
