package org.rapidin.plugin.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.index.shard.ShardId;
import org.rapidin.scorer.SegmentKey;

/**
 * Products of one query with all rows of a field of a shard, as far as scans of other searches have
 * computed them while the query waits for a permit. Safe for many threads.
 */
final class SharedProducts implements Releasable {
  private final ShardId shard;
  private final String field;
  private final float[] vector;
  private final LongFunction<Releasable> reserve;
  private final Map<SegmentKey, float[]> products = new HashMap<>();
  private final List<Releasable> reservations = new ArrayList<>();
  private boolean full;
  private boolean closed;

  /**
   * @param vector the query, float32, length K; not to be changed
   * @param reserve reserves bytes; throws a {@link CircuitBreakingException} if there is no room
   */
  SharedProducts(ShardId shard, String field, float[] vector, LongFunction<Releasable> reserve) {
    this.shard = shard;
    this.field = field;
    this.vector = vector;
    this.reserve = reserve;
  }

  float[] vector() {
    return vector;
  }

  boolean isOfSameRows(SharedProducts other) {
    return shard.equals(other.shard) && field.equals(other.field);
  }

  /** Returns the products with the rows of a segment by ordinal, NaN where there is none yet. */
  synchronized Optional<float[]> of(SegmentKey segment) {
    return Optional.ofNullable(products.get(segment));
  }

  /** Whether the product with a row is wanted, not there, and there was room so far. */
  synchronized boolean lacks(SegmentKey segment, int row) {
    float[] present = products.get(segment);
    return !closed && !full && (present == null || Float.isNaN(present[row]));
  }

  /**
   * Returns where the products with the rows of a segment are written to, by ordinal.
   *
   * @param rows of the segment
   * @return empty if there is no memory for them, or they are no longer wanted
   */
  synchronized Optional<float[]> open(SegmentKey segment, int rows) {
    float[] present = products.get(segment);
    if (present != null || closed) {
      return Optional.ofNullable(present);
    }
    try {
      reservations.add(reserve.apply((long) rows * Float.BYTES));
    } catch (CircuitBreakingException _) {
      // Asked once: each refusal costs a stack trace and counts as tripped.
      full = true;
      return Optional.empty();
    }
    float[] created = new float[rows];
    Arrays.fill(created, Float.NaN);
    products.put(segment, created);
    return Optional.of(created);
  }

  /** Drops all products; later calls do nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    products.clear();
    Releasables.close(reservations);
    reservations.clear();
  }
}
