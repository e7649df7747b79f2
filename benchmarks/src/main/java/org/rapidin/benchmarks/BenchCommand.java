package org.rapidin.benchmarks;

import org.rapidin.benchmarks.gradient.GradientBenchmark;
import picocli.CommandLine.Command;

/** The benchmarks that measure time. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "BENCHMARK",
    description = "Runs a benchmark.",
    subcommands = GradientBenchmark.class)
final class BenchCommand {}
