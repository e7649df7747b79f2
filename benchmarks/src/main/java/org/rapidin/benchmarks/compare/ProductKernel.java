package org.rapidin.benchmarks.compare;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.rapidin.benchmarks.scan.MappedRows;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorers;
import org.rapidin.scorer.PreparedQueries;
import org.rapidin.scorer.RowMatrix;

/** Inner products of a few rows, which stay in the processor's caches, with 1 to 16 queries. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ProductKernel {
  /** n: 0.5 MB in half precision. */
  static final int ROWS = 4;

  private static final int[] ORDINALS = IntStream.range(0, ROWS).toArray();

  /** How a number of a row is written. */
  @Param public ElementType type;

  /** q. */
  @Param({"1", "16"})
  public int queries;

  private final Arena arena = Arena.ofAuto();
  private RowMatrix rows;
  private PreparedQueries prepared;
  private float[] products;

  /** Makes rows and queries. */
  @Setup
  public void prepare() {
    int length = type.valuesLength(RowsFile.DIMENSION);
    MemorySegment values = arena.allocate((long) length * ROWS, 64);
    MemorySegment scales = arena.allocate((long) ElementType.SCALE_BYTES * ROWS, 64);
    for (int i = 0; i < ROWS; i++) {
      MemorySegment row =
          MemorySegment.ofArray(type.encode(MappedRows.gaussian(RowsFile.DIMENSION, i)));
      MemorySegment.copy(row, 0, values, (long) i * length, length);
      MemorySegment.copy(
          row, length, scales, (long) i * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
    rows = new RowMatrix(values, scales, type, ROWS, RowsFile.DIMENSION);
    List<float[]> vectors =
        IntStream.rangeClosed(1, queries)
            .mapToObj(i -> MappedRows.gaussian(RowsFile.DIMENSION, -i))
            .toList();
    prepared = InnerProductScorers.best().prepare(type, vectors);
    products = new float[ROWS * queries];
  }

  /** Multiplies all rows with all queries. */
  @Benchmark
  public float[] products() {
    prepared.score(rows, ORDINALS, ROWS, products);
    return products;
  }
}
