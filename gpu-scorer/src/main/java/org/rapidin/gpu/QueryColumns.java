package org.rapidin.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.PassMemory.Buffer;
import org.rapidin.scorer.bits.SignQuery;

/** The queries of a pass as the columns that a kernel multiplies rows with. */
interface QueryColumns {
  /** Sends the queries and makes the columns. */
  void send();

  /** Where the columns are. */
  CUdeviceptr columns();

  /** What the sums of columns become scores with. */
  CUdeviceptr factors();

  /** Plans the memory of the columns; all queries are of the kind that the rows need. */
  static QueryColumns of(
      PassMemory memory, RowLayout layout, Kernels.Score kernel, List<PassQuery> queries) {
    return layout.kind() == RowKind.BITS
        ? new Digits(memory, layout, kernel, queries)
        : new Numbers(memory, layout, kernel, queries);
  }

  /** The device splits the numbers. */
  final class Numbers implements QueryColumns {
    private final PassMemory memory;
    private final RowLayout layout;
    private final Kernels.Score kernel;
    private final List<PassQuery> queries;
    private final Buffer numbers;
    private final long columns;
    private final long factors;

    Numbers(PassMemory memory, RowLayout layout, Kernels.Score kernel, List<PassQuery> queries) {
      this.memory = memory;
      this.layout = layout;
      this.kernel = kernel;
      this.queries = queries;
      this.numbers = memory.buffer((long) Float.BYTES * queries.size() * layout.dimension());
      this.columns = memory.onDevice(kernel.columns() * layout.stride());
      this.factors = memory.onDevice((long) Double.BYTES * queries.size());
    }

    @Override
    public void send() {
      MemorySegment host = memory.host(numbers);
      for (int m = 0; m < queries.size(); m++) {
        float[] vector = ((PassQuery.Numbers) queries.get(m)).vector();
        long at = (long) Float.BYTES * m * vector.length;
        MemorySegment.copy(vector, 0, host, ValueLayout.JAVA_FLOAT, at, vector.length);
      }
      memory.send(numbers);
      memory.launch(
          "prepare_" + layout.kind().suffix(),
          kernel.prepareGrid(),
          Cuda.value(memory.at(numbers)),
          Cuda.value(layout.dimension()),
          Cuda.value(layout.paddedDimension()),
          Cuda.value(queries.size()),
          Cuda.value(kernel.columns()),
          Cuda.value(columns()),
          Cuda.value(factors()));
    }

    @Override
    public CUdeviceptr columns() {
      return memory.at(columns);
    }

    @Override
    public CUdeviceptr factors() {
      return memory.at(factors);
    }
  }

  /** The planes of the digits are columns as they are. */
  final class Digits implements QueryColumns {
    private static final int FACTORS = 3;

    private final PassMemory memory;
    private final RowLayout layout;
    private final List<PassQuery> queries;
    private final Buffer planes;
    private final Buffer factors;

    Digits(PassMemory memory, RowLayout layout, Kernels.Score kernel, List<PassQuery> queries) {
      this.memory = memory;
      this.layout = layout;
      this.queries = queries;
      this.planes = memory.buffer(kernel.columns() * layout.stride());
      this.factors = memory.buffer((long) Double.BYTES * FACTORS * queries.size());
    }

    @Override
    public void send() {
      MemorySegment columns = memory.host(planes).fill((byte) 0);
      MemorySegment numbers = memory.host(factors);
      for (int m = 0; m < queries.size(); m++) {
        PassQuery.Digits digits = (PassQuery.Digits) queries.get(m);
        SignQuery query = digits.query();
        int column = m * SignQuery.PLANES;
        for (long[] plane : query.planes()) {
          long at = column++ * layout.stride();
          MemorySegment.copy(plane, 0, columns, ValueLayout.JAVA_LONG, at, plane.length);
        }
        double[] own = {query.step(), query.digitSum(), digits.offset()};
        MemorySegment.copy(
            own, 0, numbers, ValueLayout.JAVA_DOUBLE, (long) Double.BYTES * FACTORS * m, FACTORS);
      }
      memory.send(planes);
      memory.send(factors);
    }

    @Override
    public CUdeviceptr columns() {
      return memory.at(planes);
    }

    @Override
    public CUdeviceptr factors() {
      return memory.at(factors);
    }
  }
}
