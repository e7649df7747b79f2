package org.rapidin.benchmarks.compare;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.benchmarks.scan.MappedCodes;
import org.rapidin.benchmarks.scan.MappedRows;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignQuery;

/** The kernels of codes and of the sketch, on data that stays in the processor's caches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class OtherKernels {
  /** n: 0.5 MB. */
  static final int CODES = 64;

  /** P: 0.5 MB. */
  static final int GRADIENT = 1 << 17;

  private static final int[] ORDINALS = IntStream.range(0, CODES).toArray();

  private final Arena arena = Arena.ofAuto();
  private final HadamardRotation rotation = new HadamardRotation(RowsFile.DIMENSION, 1);
  private final float[] estimates = new float[CODES];
  private final GradientSketch.Accumulator sketch =
      new StreamingSketch(RowsFile.DIMENSION, 42).accumulator();
  private float[] vector;
  private Scan codes;
  private MemorySegment gradient;

  /** Makes codes, a query and a gradient. */
  @Setup
  public void prepare() throws IOException {
    vector = MappedRows.gaussian(RowsFile.DIMENSION, 1);
    gradient = arena.allocateFrom(ValueLayout.JAVA_FLOAT, MappedRows.gaussian(GRADIENT, 2));
    MappedCodes bits = MappedCodes.of(gradient, RowsFile.DIMENSION);
    SignQuery query = new SignQuery(rotation, RowsFile.DIMENSION, vector);
    codes = new CpuCodeScanEngine().open(bits, List.of(query));
  }

  /** Estimates products of one query with all codes. */
  @Benchmark
  public float[] signBits() throws IOException {
    codes.score(ORDINALS, CODES, estimates);
    return estimates;
  }

  /** Rotates and digitizes a query. */
  @Benchmark
  public SignQuery signQuery() {
    return new SignQuery(rotation, RowsFile.DIMENSION, vector);
  }

  /** Adds a piece of a gradient to a sketch. */
  @Benchmark
  public GradientSketch.Accumulator sketch() {
    sketch.add(gradient, 0, 1e-6f);
    return sketch;
  }
}
