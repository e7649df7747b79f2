package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;

/**
 * The native memory that one model holds as long as it is open, apart from the base weights and the
 * tokenizer, which it shares with others. For one thread until it is complete.
 */
final class HeldMemory implements AutoCloseable {
  /** Passes of other models end before that, and free what is waited for. */
  private static final long RESERVE_TIMEOUT_MILLIS = 30_000;

  private final MemoryBudget budget;
  private final List<Reservation> reservations = new ArrayList<>();

  HeldMemory(MemoryBudget budget) {
    this.budget = budget;
  }

  /**
   * Reserves an adapter's matrices as float32.
   *
   * @param shapes of the matrices
   * @throws org.rapidin.attribution.memory.MemoryLimitException if they do not fit in time
   */
  void reserveAdapter(String name, Collection<List<Long>> shapes) {
    long bytes =
        shapes.stream()
            .mapToLong(shape -> shape.stream().reduce((long) Float.BYTES, Math::multiplyExact))
            .sum();
    reservations.add(budget.reserve("adapter [%s]".formatted(name), bytes, RESERVE_TIMEOUT_MILLIS));
  }

  /**
   * Reserves what a compressor of the model's gradients holds.
   *
   * @throws IllegalArgumentException if it can never fit; names the numbers
   * @throws org.rapidin.attribution.memory.MemoryLimitException if it does not fit in time
   */
  void reserve(Compression compression, GradientLayout layout) {
    long bytes = compression.residentBytes(layout);
    if (bytes == 0) {
      return;
    }
    if (bytes > budget.limitBytes()) {
      throw new IllegalArgumentException(
          "compression [%s] takes %s bytes of native memory, the limit is %s: raise plugins.rapidin.native.limit, use a smaller rank or dimension, or select fewer parameters"
              .formatted(compression.method(), bytes, budget.limitBytes()));
    }
    String what = "compression [%s]".formatted(compression.method());
    reservations.add(budget.reserve(what, bytes, RESERVE_TIMEOUT_MILLIS));
  }

  /** All that is reserved. */
  long bytes() {
    return reservations.stream().mapToLong(Reservation::bytes).sum();
  }

  @Override
  public void close() {
    reservations.forEach(Reservation::close);
  }
}
