package org.rapidin.benchmarks.gradient;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.WorkFolder;

/**
 * The loop that a user would run in PyTorch: batches of one, backward, normalize. The scripts are
 * not part of the project; the environment variable RAPIDIN_PEERS names their folder,
 * RAPIDIN_PYTHON the interpreter (python3). Debian's package python3-torch is enough. With a
 * checkout of RapidIn in RAPIDIN_REFERENCE its compression is measured too.
 */
final class PeerLoop {
  private static final Path OPENBLAS = Path.of("/usr/lib/x86_64-linux-gnu/openblas-openmp");

  private final Path folder;

  private PeerLoop(Path folder) {
    this.folder = folder;
  }

  /**
   * What one document costs.
   *
   * @param cpuMillis user and system time
   * @param peakBytes of the process; 0 where the script does not say
   */
  record Cost(double cpuMillis, double wallMillis, long peakBytes) {
    /** Of one after the other, in processes of their own. */
    Cost plus(Cost next) {
      return new Cost(cpuMillis + next.cpuMillis, wallMillis + next.wallMillis, 0);
    }
  }

  /** The loop, if its folder is known and PyTorch is installed. */
  static Optional<PeerLoop> find() throws IOException, InterruptedException {
    String folder = System.getenv("RAPIDIN_PEERS");
    if (folder == null || folder.isBlank()) {
      return Optional.empty();
    }
    Process probe =
        new ProcessBuilder(python(), "-c", "import torch")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return probe.waitFor() == 0 ? Optional.of(new PeerLoop(Path.of(folder))) : Optional.empty();
  }

  private static String python() {
    return Optional.ofNullable(System.getenv("RAPIDIN_PYTHON")).orElse("python3");
  }

  /**
   * Runs a shape's script in several processes at the same time.
   *
   * @param documents of each process
   * @param threads of each process
   * @return means over the processes; wall time is that of all of them for one document
   */
  Cost run(GradientShape shape, int tokens, int documents, int processes, int threads)
      throws IOException, InterruptedException {
    List<Process> running = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      running.add(start(shape.peer().formatted(tokens, documents, threads), threads));
    }
    double cpu = 0;
    double rate = 0;
    long peak = 0;
    for (Process process : running) {
      List<String> output = process.inputReader().readAllLines();
      if (process.waitFor() != 0) {
        throw new IOException(
            "%s ended with status %d".formatted(shape.peer(), process.exitValue()));
      }
      Cost cost = cost(output);
      cpu += cost.cpuMillis() / processes;
      rate += 1 / cost.wallMillis();
      peak += cost.peakBytes();
    }
    return new Cost(cpu, 1 / rate, peak);
  }

  /**
   * Runs RapidIn's class RapidGrad on a vector of 2^24 numbers, the length to which RapidIn pads
   * the gradients of adapters like these, with its default of 20 pairs of shuffles.
   *
   * @return nothing without a checkout
   */
  Optional<Cost> compression(int dimension, int threads) throws IOException, InterruptedException {
    String checkout = System.getenv("RAPIDIN_REFERENCE");
    if (checkout == null || checkout.isBlank()) {
      return Optional.empty();
    }
    List<String> output;
    try (WorkFolder work = WorkFolder.fresh(BenchNode.files().resolve("rapidgrad"))) {
      String line = "compress.py --rapidin %s --work %s --p 24 --dtype float32 --k %s --threads %s";
      Process process = start(line.formatted(checkout, work.path(), dimension, threads), threads);
      output = process.inputReader().readAllLines();
      if (process.waitFor() != 0) {
        throw new IOException("compress.py ended with status " + process.exitValue());
      }
    }
    for (String text : output) {
      if (text.contains("call_med_s")) {
        JsonNode json = new ObjectMapper().readTree(text);
        double millis = 1000 * json.path("call_med_s").asDouble();
        return Optional.of(new Cost(millis * json.path("cpu_over_wall").asDouble(), millis, 0));
      }
    }
    throw new IOException("compress.py printed no figures: " + output);
  }

  private Process start(String script, int threads) throws IOException {
    List<String> line = new ArrayList<>(List.of(python()));
    String[] words = script.split(" ");
    line.add(folder.resolve(words[0]).toString());
    line.addAll(List.of(words).subList(1, words.length));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    // Kernels for AVX-512: OpenBLAS 0.3.21 takes SSE3 where it knows no better.
    builder.environment().putIfAbsent("OPENBLAS_CORETYPE", "SKYLAKEX");
    if (Files.isDirectory(OPENBLAS)) {
      builder.environment().putIfAbsent("LD_LIBRARY_PATH", OPENBLAS.toString());
    }
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static Cost cost(List<String> output) throws IOException {
    for (String text : output) {
      JsonNode json = new ObjectMapper().readTree(text);
      if (json.path("item").asText().equals("RapidIn loop")) {
        double cpu = json.path("user_ms").asDouble() + json.path("sys_ms").asDouble();
        return new Cost(
            cpu, json.path("ms_per_doc").asDouble(), json.path("peak_mb").asLong() << 20);
      }
      if (json.path("case").asText().equals("RapidIn loop")) {
        double cpu = 1000 / json.path("samples_per_cpu_s").asDouble();
        return new Cost(cpu, 1000 / json.path("samples_per_s").asDouble(), 0);
      }
    }
    throw new IOException("the script printed no figures of its loop: %s".formatted(output));
  }
}
