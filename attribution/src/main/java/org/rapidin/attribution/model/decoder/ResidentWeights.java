package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * All parameters of a base model as float32 arrays in torch's memory.
 *
 * <p>Owns the arrays: {@link #close} frees them, after the last use by any decoder. Loading belongs
 * to one thread and may not happen inside an {@link ai.djl.ndarray.NDScope}, which would free the
 * arrays at its end.
 */
public final class ResidentWeights implements DecoderWeights {
  private final ModelLayout layout;
  private final NDManager manager;
  private final Map<String, NDArray> parameters;

  private ResidentWeights(ModelLayout layout, NDManager manager, Map<String, NDArray> parameters) {
    this.layout = layout;
    this.manager = manager;
    this.parameters = Collections.unmodifiableMap(parameters);
  }

  /**
   * Copies a model's weights out of its files.
   *
   * @param parent its sub-manager will own the arrays
   * @throws IllegalArgumentException if the files do not fit the layout; see {@link
   *     WeightFiles#requireFits}
   */
  public static ResidentWeights load(NDManager parent, ModelLayout layout, TensorSource files) {
    WeightFiles.requireFits(layout, files);
    return fill(
        parent,
        layout,
        (manager, parameter, shape) ->
            TorchMemory.floats(
                manager, shape, (from, piece) -> files.readFloats(parameter.name(), from, piece)));
  }

  /**
   * Weights to start training from: norms 1, biases 0, everything else normal with the given
   * standard deviation. The same seed gives the same bits everywhere.
   *
   * @param parent its sub-manager will own the arrays
   */
  public static ResidentWeights random(
      NDManager parent, ModelLayout layout, double deviation, long seed) {
    Random random = new Random(seed);
    return fill(
        parent,
        layout,
        (manager, parameter, shape) -> {
          float[] values = new float[Math.toIntExact(shape.size())];
          switch (parameter.role()) {
            case NORM -> Arrays.fill(values, 1);
            case BIAS -> {}
            case LINEAR, TRANSPOSED_LINEAR, TABLE -> {
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
              }
            }
          }
          return TorchMemory.floats(manager, shape, values);
        });
  }

  @FunctionalInterface
  private interface Maker {
    NDArray make(NDManager manager, ParameterShape parameter, Shape shape);
  }

  private static ResidentWeights fill(NDManager parent, ModelLayout layout, Maker maker) {
    NDManager manager = parent.newSubManager();
    try {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      for (ParameterShape parameter : layout.parameters()) {
        Shape shape = new Shape(parameter.shape());
        arrays.put(parameter.name(), maker.make(manager, parameter, shape));
      }
      return new ResidentWeights(layout, manager, arrays);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public ModelLayout layout() {
    return layout;
  }

  /**
   * The parameters by name, in the layout's order. The arrays may be made to require gradients, or
   * be updated in place, while nothing else uses them.
   */
  public Map<String, NDArray> parameters() {
    return parameters;
  }

  @Override
  public Lease layer(int index) {
    return new Whole();
  }

  @Override
  public Lease embedding() {
    return new Whole();
  }

  @Override
  public Lease head() {
    return new Whole();
  }

  /** Everything is resident, so there is nothing to release. */
  private final class Whole implements Lease {
    @Override
    public NDArray get(String name) {
      return parameters.get(name);
    }

    @Override
    public void close() {}
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    manager.close();
  }
}
