package org.rapidin.benchmarks.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.benchmarks.gradient.PeerLoop.Cost;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import org.rapidin.distribution.ProcessUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Per-sample gradients of LoRA adapters (random weights, rank 8 on all linear layers, loss at every
 * position): layers by hand, with compression, by automatic differentiation, and PyTorch's loop
 * where {@link PeerLoop} finds it, in turn in every round.
 */
@Command(
    name = "gradients",
    mixinStandardHelpOptions = true,
    description = "Measures per-sample gradients next to PyTorch's loop and the matrix products.")
public final class GradientBenchmark implements Callable<Integer> {
  private static final int MATRIX = 2048;
  private static final int DIMENSION = 65_536;

  /** Compilers take part of the CPU time before. */
  private static final long WARM_UP_NANOS = 20_000_000_000L;

  @Option(names = "--shape", description = "256x6 or smollm-135m; both if left out.")
  private String shape;

  @Option(names = "--rounds", defaultValue = "5", description = "Timed (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--pass-tokens",
      defaultValue = "512",
      description = "Tokens of a batch; one document where it has more (${DEFAULT-VALUE}).")
  private int passTokens;

  @Option(
      names = "--workers",
      defaultValue = "1",
      description =
          "Threads (${DEFAULT-VALUE}); the peer runs as many processes, then one with as many threads.")
  private int workers;

  @Mixin private ReportFile file;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Report report = new Report(System.out, "gradients");
    Optional<PeerLoop> peer = PeerLoop.find();
    if (peer.isEmpty()) {
      System.out.println("no peer: set RAPIDIN_PEERS to its folder and install PyTorch");
    }
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    try (NDManager manager = TorchRuntime.start(cache, Optional.empty(), 1).newManager();
        Workers threads = new Workers(workers)) {
      for (GradientShape each : List.of(GradientShape.SMALL, GradientShape.SMOLLM_135M)) {
        if (shape == null || shape.equals(each.name())) {
          measure(manager, each, threads, peer, report);
        }
      }
    }
    file.finish(report);
    return 0;
  }

  private void measure(
      NDManager manager,
      GradientShape shape,
      Workers threads,
      Optional<PeerLoop> peer,
      Report report)
      throws IOException, InterruptedException {
    LoraConfig lora =
        new LoraConfig(GradientShape.RANK, 2 * GradientShape.RANK, false, List.of("all-linear"));
    try (ResidentWeights weights =
            ResidentWeights.random(manager, shape.config().layout(), 0.04, 1);
        LoraWeights adapter = LoraWeights.random(manager, lora, shape.config().layout(), 2);
        FusedKernels kernels = FusedKernels.load(manager)) {
      randomize(adapter);
      Decoder decoder = shape.config().build(weights, Optional.of(adapter));
      GradientComputer automatic = new GradientComputer(manager, decoder, List.of("adapter"));
      GradientComputer byHand = automatic.byHand(kernels).orElseThrow();
      for (int tokens : shape.lengths()) {
        measure(manager, shape, threads, tokens, automatic, byHand, peer, report);
      }
    }
  }

  private void measure(
      NDManager manager,
      GradientShape shape,
      Workers threads,
      int tokens,
      GradientComputer automatic,
      GradientComputer byHand,
      Optional<PeerLoop> peer,
      Report report)
      throws IOException, InterruptedException {
    int vocabulary = shape.config().vocabularySize();
    GradientSketch sketch = new StreamingSketch(DIMENSION, 1);
    Map<Costs, GradientLoop> loops = new LinkedHashMap<>();
    loops.put(new Costs("by hand"), new GradientLoop(byHand, null, vocabulary));
    loops.put(new Costs("by hand, compressed"), new GradientLoop(byHand, sketch, vocabulary));
    loops.put(new Costs("automatic"), new GradientLoop(automatic, null, vocabulary));
    int batch = Math.max(1, passTokens / tokens);
    Costs pytorch =
        new Costs(workers == 1 ? "PyTorch loop" : "PyTorch, %d processes".formatted(workers));
    Costs withClass = new Costs("PyTorch, 1 process, RapidGrad");
    Costs oneProcess = new Costs("PyTorch, %d threads".formatted(workers));
    double[] rates = new double[rounds];
    int repeats = 1;
    for (GradientLoop loop : loops.values()) {
      repeats = Math.max(repeats, warmUp(loop, threads, batch, tokens));
    }
    int passes = repeats;
    for (int i = 0; i < rounds; i++) {
      rates[i] = sgemmRate(manager);
      for (Map.Entry<Costs, GradientLoop> loop : loops.entrySet()) {
        Runnable work =
            () -> {
              for (int pass = 0; pass < passes; pass++) {
                loop.getValue().run(batch, tokens);
              }
            };
        loop.getKey().measure(work, passes * batch, threads);
      }
      if (peer.isPresent()) {
        Cost loop = peer.get().run(shape, tokens, 3, workers, 1);
        pytorch.add(loop);
        if (workers > 1) {
          loop = peer.get().run(shape, tokens, 3, 1, workers);
          oneProcess.add(loop);
        }
        peer.get().compression(DIMENSION, workers).map(loop::plus).ifPresent(withClass::add);
      }
    }
    double rate = Costs.median(rates);
    System.out.printf("sgemm of %d: %.0f GFLOP per CPU second%n", MATRIX, rate);
    double floor = shape.productOperations(tokens) / rate / 1e6;
    for (Costs costs : loops.keySet()) {
      costs.report(report, shape.name(), tokens, floor, pytorch);
    }
    pytorch.report(report, shape.name(), tokens, floor, pytorch);
    oneProcess.report(report, shape.name(), tokens, floor, pytorch);
    withClass.report(report, shape.name(), tokens, floor, pytorch);
  }

  /** Lets the JVM compile; returns how many passes take about a second after that. */
  private static int warmUp(GradientLoop loop, Workers threads, int batch, int tokens)
      throws InterruptedException {
    long end = System.nanoTime() + WARM_UP_NANOS;
    long last;
    do {
      last = System.nanoTime();
      threads.run(() -> loop.run(batch, tokens));
    } while (System.nanoTime() < end);
    return (int) Math.max(1, 1_000_000_000L / (System.nanoTime() - last));
  }

  /** Makes an adapter's B, which starts at zero, random, so that no gradient is zero. */
  private static void randomize(LoraWeights adapter) {
    Random random = new Random(4);
    for (NDArray matrix : adapter.parameters().values()) {
      float[] values = new float[Math.toIntExact(matrix.size())];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.02f * (float) random.nextGaussian();
      }
      TorchMemory.replace(matrix, MemorySegment.ofArray(values));
    }
  }

  /** GFLOP per CPU second of one thread's products. */
  private static double sgemmRate(NDManager manager) throws IOException {
    NDArray matrix = manager.randomNormal(0, 1, new Shape(MATRIX, MATRIX), DataType.FLOAT32);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      matrix.matMul(matrix);
      ProcessUsage before = ProcessUsage.of(ProcessHandle.current().pid());
      for (int i = 0; i < 10; i++) {
        matrix.matMul(matrix);
      }
      ProcessUsage after = ProcessUsage.of(ProcessHandle.current().pid());
      double seconds = Costs.cpuSeconds(before, after);
      return 10 * 2.0 * MATRIX * MATRIX * MATRIX / seconds / 1e9;
    } finally {
      matrix.close();
    }
  }
}
