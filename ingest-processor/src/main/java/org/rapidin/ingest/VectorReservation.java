package org.rapidin.ingest;

import java.util.List;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.rapidin.scorer.ElementType;

/**
 * Bytes that one bulk holds for its vectors, from before they are computed until the bulk has
 * answered: a document grows from about 1 KB to 175 KB on its way (K = 65,536), and OpenSearch's
 * own accounting looked at it before it grew. Safe for many threads; closing is idempotent.
 */
public final class VectorReservation implements AutoCloseable {
  private static final String TRANSIENT = "rapidin.bulk_reservation";
  private static final String LABEL = "<rapidin_vectors>";

  private final CircuitBreaker breaker;
  private long reservedBytes;
  private boolean closed;

  /**
   * Reserves nothing yet.
   *
   * @param breaker counts the bytes
   */
  public VectorReservation(CircuitBreaker breaker) {
    this.breaker = breaker;
  }

  /**
   * Bytes that a document's vector takes at its peak: the row itself, and three times its base64
   * form (the source that is built, the source that is kept, the copy for translog or replica).
   *
   * @param dimension K
   */
  public static long bytesPerDocument(int dimension) {
    return ElementType.FLOAT16.rowLength(dimension) + 3 * base64Bytes(dimension);
  }

  /**
   * Bytes by which a vector makes a document's JSON source longer.
   *
   * @param dimension K
   */
  public static long base64Bytes(int dimension) {
    return (ElementType.FLOAT16.rowLength(dimension) + 2) / 3 * 4L;
  }

  /**
   * Begins a context in which everything that is called adds to this reservation, and not to one of
   * an enclosing request.
   *
   * @return restores the caller's context when closed
   */
  public ThreadContext.StoredContext begin(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /** The reservation of the bulk that is being served, or null outside of bulks. */
  static VectorReservation bound(ThreadContext context) {
    return context.getTransient(TRANSIENT);
  }

  /**
   * Takes more bytes.
   *
   * @throws CircuitBreakingException (429) if the node holds too many already
   * @throws IllegalStateException if the bulk has been answered
   */
  public synchronized void reserve(long bytes) {
    if (closed) {
      throw new IllegalStateException("the bulk of this document has been answered already");
    }
    breaker.addEstimateBytesAndMaybeBreak(bytes, LABEL);
    reservedBytes += bytes;
  }

  /** Gives back bytes of a document that got no vector. */
  public synchronized void release(long bytes) {
    if (!closed) {
      reservedBytes -= bytes;
      breaker.addWithoutBreaking(-bytes);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      breaker.addWithoutBreaking(-reservedBytes);
    }
  }
}
