package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * A LoRA adapter's matrices as float32 arrays in torch's memory.
 *
 * <p>Owns the arrays; as for {@link ResidentWeights}, make it outside of any NDScope and close it
 * after the last use.
 */
public final class LoraWeights implements AutoCloseable {
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  private final LoraConfig config;
  private final NDManager manager;
  private final Map<String, Pair> pairs = new LinkedHashMap<>();
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /**
   * The adapter of one linear layer: y += scale · B·A·x.
   *
   * @param a float32, [rank, in]
   * @param b float32, [out, rank]
   * @param scale float32 scalar
   */
  public record Pair(NDArray a, NDArray b, NDArray scale) {}

  @FunctionalInterface
  private interface Maker {
    NDArray make(String name, Shape shape);
  }

  private LoraWeights(NDManager manager, LoraConfig config) {
    this.manager = manager;
    this.config = config;
  }

  /**
   * Copies an adapter's weights out of its file.
   *
   * @param parent its sub-manager will own the arrays
   * @param model the model that it adapts
   * @throws IllegalArgumentException if a tensor is missing, unknown or of another shape; names it
   */
  public static LoraWeights load(
      NDManager parent, LoraConfig config, ModelLayout model, TensorSource file) {
    requireFits(config, model, file);
    LoraWeights weights = new LoraWeights(parent.newSubManager(), config);
    return weights.fill(
        model,
        (name, shape) ->
            TorchMemory.floats(
                weights.manager, shape, (from, piece) -> file.readFloats(name, from, piece)));
  }

  /** Checks the tensors of an adapter's file against its configuration. */
  public static void requireFits(LoraConfig config, ModelLayout model, TensorSource file) {
    Map<String, List<Long>> shapes = shapes(config, model);
    for (String name : file.names()) {
      if (!shapes.containsKey(name)) {
        throw new IllegalArgumentException(
            "the adapter's file holds tensor [%s], which %s"
                .formatted(name, objection(name, model, shapes.keySet(), file.names())));
      }
    }
    shapes.forEach((name, shape) -> WeightFiles.requireShape(file, name, shape));
  }

  private static String objection(
      String name, ModelLayout model, Collection<String> known, Collection<String> stored) {
    String base = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : "";
    if (model.contains(base) || base.equals(model.head())) {
      return "replaces the base model's [%s], which is not implemented: if the training left it as it was, save the adapter with save_embedding_layers=False, else merge the adapter into the model"
          .formatted(base);
    }
    return "adapter_config.json does not account for: its target_modules select %s, the file has matrices of %s"
        .formatted(kinds(known), kinds(stored));
  }

  /** Last parts of the names of modules that have matrices. */
  private static Set<String> kinds(Collection<String> parameters) {
    Set<String> kinds = new TreeSet<>();
    for (String parameter : parameters) {
      if (parameter.startsWith(PREFIX) && (parameter.endsWith(A) || parameter.endsWith(B))) {
        String module = moduleOf(parameter);
        kinds.add(module.substring(module.lastIndexOf('.') + 1));
      }
    }
    return kinds;
  }

  /**
   * An adapter to start training from: A normal with deviation 1/√in, B zero. The same seed gives
   * the same bits everywhere.
   *
   * @param parent its sub-manager will own the arrays
   */
  public static LoraWeights random(
      NDManager parent, LoraConfig config, ModelLayout model, long seed) {
    Random random = new Random(seed);
    LoraWeights weights = new LoraWeights(parent.newSubManager(), config);
    return weights.fill(
        model,
        (name, shape) -> {
          float[] values = new float[Math.toIntExact(shape.size())];
          if (name.endsWith(A)) {
            for (int i = 0; i < values.length; i++) {
              values[i] = (float) (random.nextGaussian() / Math.sqrt(shape.get(1)));
            }
          }
          return TorchMemory.floats(weights.manager, shape, values);
        });
  }

  private LoraWeights fill(ModelLayout model, Maker maker) {
    try {
      shapes(config, model)
          .forEach((name, shape) -> parameters.put(name, maker.make(name, new Shape(shape))));
      Map<Double, NDArray> scales = new HashMap<>();
      for (String module : config.modules(model)) {
        NDArray scale =
            scales.computeIfAbsent(
                config.scale(module), value -> TorchMemory.scalar(manager, value));
        NDArray a = parameters.get(PREFIX + module + A);
        pairs.put(module, new Pair(a, parameters.get(PREFIX + module + B), scale));
      }
      return this;
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Shapes of the adapter's tensors by PEFT name, in forward order. */
  public static Map<String, List<Long>> shapes(LoraConfig config, ModelLayout model) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (String module : config.modules(model)) {
      ParameterShape linear = model.parameter(module + ".weight");
      long rank = config.rank(module);
      shapes.put(PREFIX + module + A, List.of(rank, linear.inputs()));
      shapes.put(PREFIX + module + B, List.of(linear.outputs(), rank));
    }
    return shapes;
  }

  /** Name of a module's A in {@link #parameters}. */
  public static String nameOfA(String module) {
    return PREFIX + module + A;
  }

  /** Name of a module's B in {@link #parameters}. */
  public static String nameOfB(String module) {
    return PREFIX + module + B;
  }

  /** Name of the module that a parameter adapts. */
  public static String moduleOf(String parameter) {
    return parameter.substring(PREFIX.length(), parameter.length() - A.length());
  }

  /** A module's matrices, if it is adapted. */
  public Optional<Pair> pair(String module) {
    return Optional.ofNullable(pairs.get(module));
  }

  /** The matrices by PEFT name, in forward order, A before B. */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Shapes of the matrices by PEFT name, in forward order, A before B. */
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    parameters.forEach(
        (name, array) ->
            shapes.put(name, Arrays.stream(array.getShape().getShape()).boxed().toList()));
    return shapes;
  }

  /** Frees the arrays; a second call does nothing. */
  @Override
  public void close() {
    manager.close();
  }
}
