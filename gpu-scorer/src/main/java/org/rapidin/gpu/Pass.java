package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.NativePointerObject;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.GpuDevice.Grid;

/**
 * One pass of up to 16 queries over n rows of a segment. For one thread and one call; the lane's
 * context must be current.
 */
final class Pass {
  private final Lane lane;
  private final DeviceSegment segment;
  private final RowLayout layout;
  private final RowSelection rows;
  private final List<float[]> queries;
  private final Kernels.Score kernel;
  private final Plan onHost = new Plan();
  private final Plan onDevice = new Plan();
  // Where the query's numbers are on both sides; likewise the list of rows.
  private final Buffer query;
  private final Buffer list;
  private final long columns;
  private final long factors;
  private final long partials;
  private Cuda.Pinned host;
  private CUdeviceptr scratch;

  Pass(Lane lane, DeviceSegment segment, RowSelection rows, List<float[]> queries) {
    this.lane = lane;
    this.segment = segment;
    this.layout = segment.layout();
    this.rows = rows;
    this.queries = queries;
    this.kernel = Kernels.score(layout.type(), queries.size());
    query = buffer((long) Float.BYTES * queries.size() * layout.dimension());
    list = buffer(rows.isListed() ? (long) Integer.BYTES * rows.count() : 0);
    columns =
        onDevice.add((long) kernel.columns() * layout.paddedDimension() * layout.type().bytes());
    factors = onDevice.add((long) Double.BYTES * queries.size());
    partials = onDevice.add((long) Float.BYTES * layout.splits() * rows.count() * kernel.columns());
  }

  /** Lays out buffers one after another. */
  private static final class Plan {
    private long bytes;

    long add(long size) {
      long at = bytes;
      bytes += Cuda.roundUp(size, Cuda.ALIGNMENT);
      return at;
    }
  }

  /** A buffer that exists on both sides. */
  private record Buffer(long onHost, long onDevice, long bytes) {}

  private Buffer buffer(long bytes) {
    return new Buffer(onHost.add(bytes), onDevice.add(bytes), bytes);
  }

  /**
   * Computes the inner products of the rows.
   *
   * @return q×n float32, query-major, in the lane's host memory: valid until the lane is used again
   */
  MemorySegment products() {
    Buffer products = buffer((long) Float.BYTES * queries.size() * rows.count());
    score();
    finish(Cuda.NULL, at(products), Cuda.NULL);
    return fetch(products, products.onDevice);
  }

  /**
   * Finds the rows with the largest inner products.
   *
   * @param k 1 to {@link Kernels#MAX_TOP}
   * @param accepted a bit for each row of the segment, or null: all rows
   * @return for each query
   */
  List<TopRows> top(int k, long[] accepted) {
    int q = queries.size();
    long candidates = (long) Long.BYTES * q * Kernels.topBlocks(rows.count()) * k;
    Buffer accept = buffer(accepted == null ? 0 : (long) Long.BYTES * accepted.length);
    Buffer top = buffer((long) Long.BYTES * q * k);
    long keys = onDevice.add((long) Long.BYTES * q * rows.count());
    long[] sorted = {onDevice.add(candidates), onDevice.add(candidates)};
    score();
    if (accepted != null) {
      MemorySegment.copy(
          accepted, 0, host.memory(), ValueLayout.JAVA_LONG, accept.onHost, accepted.length);
      send(accept);
    }
    finish(accepted == null ? Cuda.NULL : at(accept), Cuda.NULL, at(keys));
    MemorySegment found = fetch(top, sort(k, keys, sorted));
    return IntStream.range(0, q)
        .mapToObj(m -> found.asSlice((long) Long.BYTES * m * k, (long) Long.BYTES * k))
        .map(own -> TopRows.ofKeys(own.toArray(ValueLayout.JAVA_LONG)))
        .toList();
  }

  /** Returns where the k largest keys of each query are. */
  private long sort(int k, long keys, long[] sorted) {
    long from = keys;
    int count = rows.count();
    int turn = 0;
    int blocks;
    do {
      blocks = Kernels.topBlocks(count);
      launch(
          "topk_pass",
          Kernels.topGrid(count, queries.size()),
          Cuda.value(at(from)),
          Cuda.value(count),
          Cuda.value(k),
          Cuda.value(at(sorted[turn])));
      from = sorted[turn];
      turn = 1 - turn;
      count = blocks * k;
    } while (blocks > 1);
    return from;
  }

  /** Sends the queries and starts what computes the partial products. */
  private void score() {
    host = lane.host(onHost.bytes);
    scratch = lane.scratch(onDevice.bytes);
    long at = query.onHost;
    for (float[] numbers : queries) {
      MemorySegment.copy(numbers, 0, host.memory(), ValueLayout.JAVA_FLOAT, at, layout.dimension());
      at += (long) Float.BYTES * layout.dimension();
    }
    send(query);
    if (rows.isListed()) {
      MemorySegment.copy(
          rows.list(), 0, host.memory(), ValueLayout.JAVA_INT, list.onHost, rows.count());
      send(list);
    }
    launch(
        "prepare_" + Kernels.suffix(layout.type()),
        kernel.prepareGrid(),
        Cuda.value(at(query)),
        Cuda.value(layout.dimension()),
        Cuda.value(layout.paddedDimension()),
        Cuda.value(queries.size()),
        Cuda.value(kernel.columns()),
        Cuda.value(at(columns)),
        Cuda.value(at(factors)));
    launch(
        kernel.name(),
        kernel.grid(rows.count(), layout.splits(), lane.device().sharedLimit()),
        Cuda.value(segment.row(rows.first())),
        Cuda.value(layout.stride()),
        Cuda.value(listOrNull()),
        Cuda.value(rows.count()),
        Cuda.value(layout.paddedDimension()),
        Cuda.value(Kernels.K_PER_SPLIT),
        Cuda.value(at(columns)),
        Cuda.value(at(partials)));
  }

  private void finish(CUdeviceptr accept, CUdeviceptr scores, CUdeviceptr keys) {
    launch(
        "finish_" + Kernels.suffix(layout.type()),
        Kernels.finishGrid(rows.count(), queries.size()),
        Cuda.value(at(partials)),
        Cuda.value(rows.count()),
        Cuda.value(kernel.columns()),
        Cuda.value(layout.splits()),
        Cuda.value(segment.scale(rows.first())),
        Cuda.value(at(factors)),
        Cuda.value(listOrNull()),
        Cuda.value(accept),
        Cuda.value(scores),
        Cuda.value(keys));
  }

  private CUdeviceptr listOrNull() {
    return rows.isListed() ? at(list) : Cuda.NULL;
  }

  private CUdeviceptr at(Buffer buffer) {
    return at(buffer.onDevice);
  }

  private CUdeviceptr at(long offset) {
    return scratch.withByteOffset(offset);
  }

  private void launch(String name, Grid grid, NativePointerObject... arguments) {
    lane.device().launch(name, grid, lane.stream(), arguments);
  }

  private void send(Buffer buffer) {
    Cuda.check(
        cuMemcpyHtoDAsync(
            at(buffer), host.pointer().withByteOffset(buffer.onHost), buffer.bytes, lane.stream()),
        "cuMemcpyHtoDAsync");
  }

  /** Waits for the pass and returns the host's copy of a buffer, taken from {@code offset}. */
  private MemorySegment fetch(Buffer buffer, long offset) {
    Cuda.check(
        cuMemcpyDtoHAsync(
            host.pointer().withByteOffset(buffer.onHost), at(offset), buffer.bytes, lane.stream()),
        "cuMemcpyDtoHAsync");
    lane.await();
    return host.memory().asSlice(buffer.onHost, buffer.bytes);
  }
}
