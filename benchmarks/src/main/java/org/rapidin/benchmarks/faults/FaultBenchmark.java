package org.rapidin.benchmarks.faults;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the faults one after another and prints one line for each. */
@Command(
    name = "faults",
    mixinStandardHelpOptions = true,
    description = "Injects faults into running nodes and checks what is left.")
public final class FaultBenchmark implements Callable<Integer> {
  private static final List<FaultRun> RUNS =
      List.of(
          new KillDuringBulk(20),
          new KillDuringMerge(10),
          new ManyDocuments(5_600, 10_000),
          new ManyQueries(10_000),
          new LoadCycles(100),
          new MemoryCap(3L << 30),
          new FullQueue(64, 4),
          new SearchesWhileIndexing(),
          new StoppedModelNode(),
          new DiskFull(),
          new DiskFullDuringMerge(600),
          new BufferedDocuments(5000, 20_000),
          new TwoBuilds());

  @Option(names = "--row", split = ",", description = "Only these rows of the fault table.")
  private List<Integer> rows;

  @Override
  public Integer call() {
    int failed = 0;
    for (FaultRun run : RUNS) {
      if (rows == null || rows.contains(run.row())) {
        failed += passes(run) ? 0 : 1;
      }
    }
    return failed == 0 ? 0 : 1;
  }

  private static boolean passes(FaultRun run) {
    long begin = System.nanoTime();
    String result;
    boolean passed = false;
    try {
      result = run.run();
      passed = true;
    } catch (Exception failure) {
      result = failure.toString();
    }
    System.out.printf(
        Locale.ROOT,
        "row %d %s | %s | %s | %.0f s%n",
        run.row(),
        passed ? "PASS" : "FAIL",
        run.description(),
        result,
        (System.nanoTime() - begin) / 1e9);
    return passed;
  }
}
