package org.rapidin.benchmarks.gpu;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.rapidin.benchmarks.gpu.GpuRun.Sizes;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSettings;
import org.rapidin.gpu.GpuStats;
import org.rapidin.gpu.RawDevice;
import org.rapidin.scorer.CpuScanEngine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Verifies every CUDA kernel against an oracle in double, then measures scans, top k, uploads and
 * sketches on the device, and scans on the CPU of the same machine. Each line is printed as soon as
 * it is known.
 */
@Command(
    name = "gpu",
    mixinStandardHelpOptions = true,
    description = {
      "Verifies the CUDA kernels and measures them on this machine's GPU, next to its CPU.",
      "Exits with 1 if a check fails, and with 2 if there is no GPU."
    })
public final class GpuBenchmark implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int NO_GPU = 2;

  @Option(
      names = "--rows",
      split = ",",
      defaultValue = "52000,500000",
      description = "n of the tables, ascending (${DEFAULT-VALUE}).")
  private int[] rows;

  @Option(
      names = "--coded-rows",
      split = ",",
      defaultValue = "52000,500000,5000000",
      description = "n of the table of sign bits, ascending (${DEFAULT-VALUE}).")
  private int[] codedRows;

  @Option(names = "--sign-bits", description = "Only the estimates from sign bits.")
  private boolean signBits;

  @Option(names = "--dimension", defaultValue = "65536", description = "K (${DEFAULT-VALUE}).")
  private int dimension;

  @Option(
      names = "--check-rows",
      defaultValue = "6000",
      description = "n of the checks (${DEFAULT-VALUE}).")
  private int checkedRows;

  @Option(
      names = "--gradient-length",
      defaultValue = "33554432",
      description = "Numbers of a gradient (${DEFAULT-VALUE}).")
  private int gradientLength;

  @Option(
      names = "--quick",
      description = "Only the checks and the first of --rows and of --coded-rows.")
  private boolean quick;

  @Mixin private ReportFile file;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description =
          "Run nothing, but write a folder that runs this benchmark with its script [run] on a linux-x86_64 machine that has nothing but a driver.")
  private Path bundle;

  @Spec private CommandSpec spec;

  /**
   * Runs the benchmark alone, as the bundle does.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new GpuBenchmark()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    if (bundle != null) {
      Bundle.write(bundle, System.out);
      return 0;
    }
    // All of the memory: nothing else should run on a device that is measured.
    GpuSettings settings =
        new GpuSettings(true, 0, 0.97, 1, 1, Duration.ofMinutes(1), Duration.ZERO);
    try (GpuScanEngine engine = new GpuScanEngine(new CpuScanEngine(), settings, line -> {})) {
      engine.probe();
      GpuStats stats = engine.stats();
      if (stats.devices().size() != 1) {
        return refuse(
            stats.devices().isEmpty()
                ? "There is no GPU to measure: " + stats.reason()
                : "There are several GPUs: choose one with CUDA_VISIBLE_DEVICES.");
      }
      return run(engine);
    }
  }

  private int refuse(String reason) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(reason);
    err.flush();
    return NO_GPU;
  }

  private int run(GpuScanEngine engine) throws Exception {
    Report report = new Report(System.out, "gpu");
    Checks checks = new Checks(System.out);
    Sizes sizes =
        new Sizes(measured(rows), measured(codedRows), dimension, checkedRows, gradientLength);
    try (RawDevice device = RawDevice.of(engine)) {
      GpuRun run = new GpuRun(engine, device, report, checks, sizes);
      if (signBits) {
        run.runCodes();
      } else {
        run.run();
      }
      report.head("failed checks", String.valueOf(checks.failures()));
    } finally {
      file.finish(report);
    }
    return checks.failures() == 0 ? 0 : FAILED;
  }

  private int[] measured(int[] counts) {
    return quick ? Arrays.copyOf(counts, 1) : counts;
  }
}
