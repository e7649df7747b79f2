package org.rapidin.benchmarks;

import org.rapidin.benchmarks.candidates.CandidateBenchmark;
import org.rapidin.benchmarks.compare.CompareBenchmark;
import org.rapidin.benchmarks.faults.FaultBenchmark;
import org.rapidin.benchmarks.gpu.GpuBenchmark;
import org.rapidin.benchmarks.gradient.GradientBenchmark;
import org.rapidin.benchmarks.ingest.IngestBenchmark;
import org.rapidin.benchmarks.model.ModelSizeBenchmark;
import org.rapidin.benchmarks.scan.ScanBenchmark;
import org.rapidin.benchmarks.sketch.SketchBenchmark;
import picocli.CommandLine.Command;

/** The benchmarks. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "BENCHMARK",
    description = "Runs a benchmark.",
    subcommands = {
      GradientBenchmark.class,
      SketchBenchmark.class,
      ScanBenchmark.class,
      CandidateBenchmark.class,
      CompareBenchmark.class,
      GpuBenchmark.class,
      IngestBenchmark.class,
      ModelSizeBenchmark.class,
      FaultBenchmark.class
    })
final class BenchCommand {}
