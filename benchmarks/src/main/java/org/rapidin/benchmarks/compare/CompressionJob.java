package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.benchmarks.node.Report;

/**
 * Compares RapidGrad of a gradient in main memory with libc's memcpy and, where RAPIDIN_REFERENCE
 * names a checkout of RapidIn, its class. With two threads there are two gradients at the same
 * time; the class gives both threads to one.
 */
final class CompressionJob {
  private static final int[] LENGTHS = {1 << 22, 1 << 25};
  private static final String MEMCPY = "memcpy";
  private static final String SKETCH = "RapidIn for OpenSearch";

  private final Path directory;
  private final Report report;

  CompressionJob(Path directory, Report report) {
    this.directory = directory;
    this.report = report;
  }

  void measure() throws Exception {
    report.section("Compression to K = 65,536");
    report.note(
        "RapidIn's class alone: RapidIn pads every gradient to a multiple of 2^24 numbers first.");
    for (int threads = 1; threads <= 2; threads++) {
      try (PeerProcess peers = peers(threads)) {
        for (int length : LENGTHS) {
          measure(length, threads, peers);
        }
      }
    }
  }

  /** Returns null where there is no checkout. */
  private PeerProcess peers(int threads) throws Exception {
    String checkout = System.getenv("RAPIDIN_REFERENCE");
    if (checkout == null || checkout.isBlank()) {
      if (threads == 1) {
        report.note("Absent: RapidIn (RAPIDIN_REFERENCE names no checkout).");
      }
      return null;
    }
    Optional<PeerProcess> peers =
        PeerProcess.start(
            report,
            threads,
            "compress",
            checkout,
            directory,
            RowsFile.DIMENSION,
            threads,
            LENGTHS[0],
            LENGTHS[1]);
    return peers.orElse(null);
  }

  private void measure(int length, int threads, PeerProcess peers) throws Exception {
    long bytes = (long) length * Float.BYTES;
    try (Arena arena = Arena.ofShared()) {
      List<Cost.Work> copies = new ArrayList<>();
      List<Cost.Work> sketches = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        MemorySegment gradient = gradient(arena, length, t);
        MemorySegment target = arena.allocate(bytes, 64);
        MethodHandle memcpy = memcpy();
        copies.add(() -> copy(memcpy, target, gradient, bytes));
        GradientSketch.Accumulator sum = new StreamingSketch(RowsFile.DIMENSION, 42).accumulator();
        sketches.add(() -> sketch(sum, gradient));
      }
      Turns turns = new Turns();
      turns.addWay(MEMCPY, () -> Cost.of(copies));
      turns.addWay(SKETCH, () -> Cost.of(sketches));
      String theirs = "RapidGrad " + length;
      if (peers != null) {
        turns.addPeer(theirs, () -> peers.run(theirs));
      }
      table(turns.run(), length, threads);
    }
  }

  private void table(Map<String, Rounds> all, int length, int threads) {
    all.forEach(
        (name, rounds) -> {
          boolean theirs = name.startsWith("RapidGrad");
          int gradients = theirs ? 1 : threads;
          ObjectNode row = report.row(theirs ? "RapidIn's class" : name);
          row.put("P", length).put("threads", threads);
          rounds.describe(row);
          row.put("GB/s", 4.0 * length * gradients / rounds.millis() / 1e6);
          row.put("of memcpy", rounds.timesFasterThan(all.get(MEMCPY)) * gradients / threads);
          report.add(row);
        });
  }

  private static MemorySegment gradient(Arena arena, int length, int seed) {
    MemorySegment gradient = arena.allocate((long) length * Float.BYTES, 64);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < length; i++) {
      gradient.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return gradient;
  }

  private static void sketch(GradientSketch.Accumulator sum, MemorySegment gradient) {
    sum.add(gradient, 0, 1);
    if (Float.isNaN(sum.finish()[0])) {
      throw new AssertionError("finite numbers gave NaN");
    }
  }

  private static MethodHandle memcpy() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("memcpy"),
        FunctionDescriptor.of(
            ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
  }

  private static void copy(
      MethodHandle memcpy, MemorySegment target, MemorySegment source, long bytes) {
    try {
      MemorySegment unused = (MemorySegment) memcpy.invokeExact(target, source, bytes);
    } catch (Throwable t) {
      throw new AssertionError("a C function cannot throw", t);
    }
  }
}
