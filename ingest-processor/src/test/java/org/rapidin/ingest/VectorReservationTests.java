package org.rapidin.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.rapidin.scorer.ElementType;

class VectorReservationTests {

  /** A breaker that grants nothing any more. */
  private static final class FullBreaker extends NoopCircuitBreaker {
    private boolean full;
    private long used;

    FullBreaker() {
      super("rapidin");
    }

    @Override
    public double addEstimateBytesAndMaybeBreak(long bytes, String label) {
      if (full) {
        throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
      }
      used += bytes;
      return used;
    }

    @Override
    public long addWithoutBreaking(long bytes) {
      used += bytes;
      return used;
    }
  }

  /** int8 takes less than the float16 that was reserved, and float32 takes more. */
  @Test
  void aSmallerFieldNeedsNothingOfAFullNode() {
    FullBreaker breaker = new FullBreaker();
    long reserved = VectorReservation.bytesPerDocument(ElementType.FLOAT16, 256);
    try (VectorReservation vectors = new VectorReservation(breaker)) {
      vectors.reserve(reserved);
      breaker.full = true;
      long small = VectorReservation.bytesPerDocument(ElementType.INT8, 256);
      vectors.resize(reserved, small);
      assertEquals(small, breaker.used);
      long large = VectorReservation.bytesPerDocument(ElementType.FLOAT32, 256);
      assertThrows(CircuitBreakingException.class, () -> vectors.resize(small, large));
      assertEquals(small, breaker.used);
    }
    assertEquals(0, breaker.used);
  }
}
