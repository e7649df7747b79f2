package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.SketchCompressor;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.attribution.sketch.GradientSketch;

/** Attributors of a tiny random model on the real libtorch. */
abstract class AttributorTestCase {
  /** Numbers of one checkpoint's gradient: rank 2, two modules of two layers. */
  static final int LENGTH = 2 * (2 * 16 + 16 * 2 + 2 * 16 + 8 * 2);

  static final int TENSORS = 8;

  /** Native memory that is not short. */
  static final long ENOUGH = 1L << 30;

  private final NodeParts node = NodeParts.none();

  @TempDir Path root;

  @BeforeEach
  void writeModel() throws IOException {
    TinyModelDirectory.write(root);
  }

  static AttributorSpec spec(Object... more) {
    Map<String, Object> map = new HashMap<>();
    map.put("model", TinyModelDirectory.MODEL);
    map.put("adapter", "one");
    map.put("template", Map.of("completion", "{{text}}"));
    map.put("compression", Map.of("dimension", 1024));
    for (int i = 0; i < more.length; i += 2) {
      map.put((String) more[i], more[i + 1]);
    }
    map.values().removeIf(""::equals);
    return AttributorSpecFormat.fromMap(map);
  }

  /** Two checkpoints of weights 3 and 0.5. */
  static AttributorSpec twoCheckpoints() {
    return spec(
        "adapter",
        "",
        "checkpoints",
        List.of(Map.of("adapter", "one", "weight", 3.0), Map.of("adapter", "two", "weight", 0.5)));
  }

  Attributor open(AttributorSpec spec) throws IOException {
    return Attributor.open(spec, "print", directory(spec), TestRuntime.get());
  }

  Attributor open(AttributorSpec spec, GradientSketch sketch) throws IOException {
    return open(spec, model -> SketchCompressor.inMainMemory(sketch, model.layout()));
  }

  Attributor open(AttributorSpec spec, Function<ModelInstance, Compressor> compressor)
      throws IOException {
    return open(spec, new WeightCache(ENOUGH, ENOUGH), compressor);
  }

  /** Opens an attributor with the weights and the native memory of a cache. */
  Attributor open(WeightCache cache) throws IOException {
    return open(spec(), cache);
  }

  Attributor open(AttributorSpec spec, WeightCache cache) throws IOException {
    return Attributor.open(
        spec, "print", directory(spec), "digest", TestRuntime.get(), cache, node);
  }

  Attributor open(
      AttributorSpec spec, WeightCache cache, Function<ModelInstance, Compressor> compressor)
      throws IOException {
    ModelInstance model =
        ModelInstance.open(spec, directory(spec), "digest", TestRuntime.get(), cache, node);
    return new Attributor(spec, "print", model, compressor.apply(model));
  }

  ModelDirectory directory(AttributorSpec spec) throws IOException {
    return ModelDirectory.open(root, spec.model());
  }

  /** Samples of different lengths. */
  static List<Sample> samples(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Sample("Q" + "q".repeat(i * 7 % 11), " this is " + i * 7919))
        .toList();
  }

  static float[] vector(GradientResult result) {
    return assertInstanceOf(GradientResult.Vector.class, result).vector().values();
  }

  static double inner(float[] u, float[] v) {
    return IntStream.range(0, u.length).mapToDouble(i -> (double) u[i] * v[i]).sum();
  }
}
