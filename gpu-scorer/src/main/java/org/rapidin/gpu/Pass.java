package org.rapidin.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.PassMemory.Buffer;

/**
 * One pass of up to 16 queries over n rows of a segment. For one thread and one call; the lane's
 * context must be current.
 */
final class Pass {
  private final PassMemory memory;
  private final DeviceSegment segment;
  private final RowLayout layout;
  private final RowSelection rows;
  private final int queries;
  private final Kernels.Score kernel;
  private final QueryColumns columns;
  private final Buffer list;
  private final long partials;

  /**
   * @param queries of the kind that the rows need
   */
  Pass(Lane lane, DeviceSegment segment, RowSelection rows, List<PassQuery> queries) {
    this.memory = new PassMemory(lane);
    this.segment = segment;
    this.layout = segment.layout();
    this.rows = rows;
    this.queries = queries.size();
    this.kernel = Kernels.score(layout.kind(), queries.size());
    this.columns = QueryColumns.of(memory, layout, kernel, queries);
    this.list = memory.buffer(rows.isListed() ? (long) Integer.BYTES * rows.count() : 0);
    this.partials =
        memory.onDevice((long) Float.BYTES * layout.splits() * rows.count() * kernel.sums());
  }

  /**
   * Computes the scores of the rows.
   *
   * @return q×n float32, query-major, in the lane's host memory: valid until the lane is used again
   */
  MemorySegment products() {
    Buffer products = memory.buffer((long) Float.BYTES * queries * rows.count());
    score();
    finish(Cuda.NULL, memory.at(products), Cuda.NULL);
    return memory.fetch(products, products.onDevice());
  }

  /**
   * Finds the rows with the largest scores.
   *
   * @param k 1 to {@link Kernels#MAX_TOP}
   * @param accepted a bit for each row of the segment, or null: all rows
   * @return for each query
   */
  List<TopRows> top(int k, long[] accepted) {
    Buffer accept = memory.buffer(accepted == null ? 0 : (long) Long.BYTES * accepted.length);
    TopKeys top = new TopKeys(memory, queries, rows.count(), k);
    score();
    if (accepted != null) {
      MemorySegment.copy(
          accepted, 0, memory.host(accept), ValueLayout.JAVA_LONG, 0, accepted.length);
      memory.send(accept);
    }
    finish(accepted == null ? Cuda.NULL : memory.at(accept), Cuda.NULL, top.keys());
    return top.find();
  }

  /** Sends the queries and starts what computes the partial products. */
  private void score() {
    memory.allocate();
    columns.send();
    if (rows.isListed()) {
      MemorySegment.copy(rows.list(), 0, memory.host(list), ValueLayout.JAVA_INT, 0, rows.count());
      memory.send(list);
    }
    memory.launch(
        kernel.name(),
        kernel.grid(rows.count(), layout.splits(), memory.sharedLimit()),
        Cuda.value(segment.row(rows.first())),
        Cuda.value(layout.stride()),
        Cuda.value(listOrNull()),
        Cuda.value(rows.count()),
        Cuda.value(layout.paddedDimension()),
        Cuda.value(layout.kind().perSplit()),
        Cuda.value(columns.columns()),
        Cuda.value(memory.at(partials)));
  }

  private void finish(CUdeviceptr accept, CUdeviceptr scores, CUdeviceptr keys) {
    memory.launch(
        "finish_" + layout.kind().suffix(),
        Kernels.finishGrid(rows.count(), queries),
        Cuda.value(memory.at(partials)),
        Cuda.value(rows.count()),
        Cuda.value(kernel.sums()),
        Cuda.value(layout.splits()),
        Cuda.value(segment.scale(rows.first())),
        Cuda.value(columns.factors()),
        Cuda.value(listOrNull()),
        Cuda.value(accept),
        Cuda.value(scores),
        Cuda.value(keys));
  }

  private CUdeviceptr listOrNull() {
    return rows.isListed() ? memory.at(list) : Cuda.NULL;
  }
}
