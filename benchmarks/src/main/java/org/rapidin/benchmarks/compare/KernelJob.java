package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import org.rapidin.benchmarks.node.Report;

/** Kernels by JMH, each in its own JVM. */
final class KernelJob {
  private static final double GRADIENT_NUMBERS = OtherKernels.GRADIENT;
  private static final double QUERY_NUMBERS = RowsFile.DIMENSION;
  private static final double CODE_NUMBERS = (double) OtherKernels.CODES * RowsFile.DIMENSION;

  private final Report report;

  KernelJob(Report report) {
    this.report = report;
  }

  void measure() throws RunnerException {
    report.section("Kernels, data in the caches of one core");
    var options =
        new OptionsBuilder()
            .include(ProductKernel.class.getName())
            .include(OtherKernels.class.getName())
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            // JMH uses sun.misc.Unsafe, and each JVM would warn of it. Without -Xbatch, compilers
            // of a busy machine are not ready when measuring begins.
            .jvmArgsAppend("--sun-misc-unsafe-memory-access=allow", "-Xbatch")
            .build();
    for (RunResult run : new Runner(options).run()) {
      add(run);
    }
  }

  private void add(RunResult run) {
    BenchmarkParams benchmark = run.getParams();
    String method = benchmark.getBenchmark().replaceFirst(".*\\.", "");
    double numbers =
        switch (method) {
          case "signBits" -> CODE_NUMBERS;
          case "signQuery" -> QUERY_NUMBERS;
          case "sketch" -> GRADIENT_NUMBERS;
          default ->
              (double) ProductKernel.ROWS
                  * RowsFile.DIMENSION
                  * Integer.parseInt(benchmark.getParam("queries"));
        };
    Statistics micros = run.getPrimaryResult().getStatistics();
    ObjectNode row = report.row(name(method, benchmark));
    row.put("µs", micros.getPercentile(50));
    row.put("least", micros.getMin()).put("most", micros.getMax());
    report.add(row.put("10^9 numbers/s", numbers / micros.getPercentile(50) / 1e3));
  }

  private static String name(String method, BenchmarkParams benchmark) {
    return switch (method) {
      case "signBits" -> "estimates from sign bits, one query";
      case "signQuery" -> "a query's rotation and digits";
      case "sketch" -> "RapidGrad of a gradient's piece";
      default ->
          "products of %s rows, q = %s"
              .formatted(
                  benchmark.getParam("type").toLowerCase(Locale.ROOT),
                  benchmark.getParam("queries"));
    };
  }
}
