package org.rapidin.benchmarks.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.TokenBatch;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.torch.TorchRuntime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures per-sample gradients of a batch, a loop of batches of one, the forward pass alone and
 * the machine's matrix product: hidden size 256, 6 layers, random weights, loss at every position.
 */
@Command(
    name = "gradients",
    mixinStandardHelpOptions = true,
    description = "Measures per-sample gradients, a batch-1 loop, the forward pass and sgemm.")
public final class GradientBenchmark implements Callable<Integer> {
  private static final int MATRIX = 2048;

  /** A Llama with hidden size 256, 6 layers, 8 query heads and 4 key heads. */
  private static final LlamaConfig MODEL =
      new LlamaConfig(
          256,
          688,
          8,
          4,
          8192,
          2048,
          1e-5,
          new RotaryPositions(32, 10_000, new RopeScaling.None()),
          false,
          AttentionBiases.NONE,
          Collections.nCopies(6, PassContext.UNBOUNDED));

  private static final TensorSink NOWHERE = new DenseRows((row, parameter, gradient) -> {});

  @Option(names = "--batch", defaultValue = "16", description = "Samples (${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--tokens", defaultValue = "128", description = "Per sample (${DEFAULT-VALUE}).")
  private int tokens;

  @Option(names = "--rounds", defaultValue = "7", description = "Timed runs (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--threads", defaultValue = "2", description = "Of libtorch (${DEFAULT-VALUE}).")
  private int threads;

  @Override
  public Integer call() throws IOException {
    System.out.println("load: " + Files.readString(Path.of("/proc/loadavg")).strip());
    ModelLayout layout = MODEL.layout();
    try (NDManager manager = startTorch(threads).newManager();
        ResidentWeights weights = ResidentWeights.random(manager, layout, 0.05, 1);
        LoraWeights adapter =
            LoraWeights.random(
                manager, new LoraConfig(8, 16, false, List.of("all-linear")), layout, 2)) {
      report("sgemm " + MATRIX, gemmMillis(manager), 2.0 * MATRIX * MATRIX * MATRIX);
      measure(manager, MODEL.build(weights, Optional.empty()), "linear");
      measure(manager, MODEL.build(weights, Optional.of(adapter)), "adapter");
    }
    System.out.println("load: " + Files.readString(Path.of("/proc/loadavg")).strip());
    return 0;
  }

  /** Starts the libtorch of the class path, which is extracted once per user. */
  private static TorchRuntime startTorch(int threads) {
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    return TorchRuntime.start(cache, Optional.empty(), threads);
  }

  private void measure(NDManager manager, Decoder decoder, String parameters) {
    List<WeightedSequence> samples = samples();
    GradientComputer computer = new GradientComputer(manager, decoder, List.of(parameters));
    double forward = millis(() -> forward(manager, decoder, samples));
    double batched = millis(() -> computer.compute(samples, NOWHERE));
    double loop =
        millis(() -> samples.forEach(sample -> computer.compute(List.of(sample), NOWHERE)));
    System.out.printf(
        Locale.ROOT,
        "%s: forward %.0f ms, batched gradients %.0f ms (%.2f × forward), batch-1 loop %.0f ms"
            + " (%.2f × batched)%n",
        parameters,
        forward,
        batched,
        batched / forward,
        loop,
        loop / batched);
  }

  private List<WeightedSequence> samples() {
    Random random = new Random(3);
    List<WeightedSequence> samples = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      float[] weights = new float[tokens];
      Arrays.fill(weights, 1, tokens, 1f / (tokens - 1));
      long[] ids = random.longs(tokens, 0, MODEL.vocabularySize()).toArray();
      samples.add(new WeightedSequence(ids, weights));
    }
    return samples;
  }

  private static void forward(NDManager manager, Decoder decoder, List<WeightedSequence> samples) {
    try (NDManager run = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      WholeDecoder whole = new WholeDecoder(decoder);
      List<long[]> sequences = samples.stream().map(WeightedSequence::ids).toList();
      NDArray ids = TokenBatch.of(run, decoder.config(), sequences);
      NDArray logits = whole.logits(whole.hidden(run, ids, ModuleTap.NONE), ModuleTap.NONE);
      logits.logSoftmax(-1).sum().getFloat();
    }
  }

  private double gemmMillis(NDManager manager) {
    Shape shape = new Shape(MATRIX, MATRIX);
    NDArray matrix = manager.randomNormal(0, 1, shape, DataType.FLOAT32);
    return millis(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            matrix.matMul(matrix).get(0).sum().getFloat();
          }
        });
  }

  private static void report(String what, double millis, double operations) {
    System.out.printf(
        Locale.ROOT, "%s: %.1f ms, %.0f GFLOP/s%n", what, millis, operations / millis / 1e6);
  }

  /** Returns the median wall time, after two runs to warm up. */
  private double millis(Runnable work) {
    work.run();
    work.run();
    double[] times = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      work.run();
      times[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }
}
