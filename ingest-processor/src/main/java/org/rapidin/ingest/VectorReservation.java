package org.rapidin.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.common.UUIDs;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.rapidin.scorer.ElementType;

/**
 * The vectors of one bulk and the bytes they take, from before they are computed until the bulk has
 * answered: a document grows from about 1 KB to 175 KB on its way (K = 65,536), and OpenSearch's
 * own accounting looked at it before it grew.
 *
 * <p>A vector is held here, and the document has a placeholder, until the index and the field that
 * the document goes to are known: no later processor can read the vector, and it can only be stored
 * in a field that is made for it. Safe for many threads; closing is idempotent.
 */
public final class VectorReservation implements AutoCloseable {
  private static final String TRANSIENT = "rapidin.bulk_reservation";
  private static final String LABEL = "<rapidin_vectors>";

  private static final String PLACEHOLDER = "rapidin:pending-vector:";

  private final CircuitBreaker breaker;
  // Random: a document that is sent with another bulk's placeholder, or a guessed one, finds none.
  private final String prefix = PLACEHOLDER + UUIDs.randomBase64UUID() + ":";
  private final Map<String, PendingVector> held = new HashMap<>();
  private long holds;
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
   * Returns the bytes that a document's vector takes at its peak: the row itself, and three times
   * its base64 form (the source that is built, the source that is kept, the copy for translog or
   * replica). The float32 numbers that are held before take less.
   *
   * @param type how the field stores it
   * @param dimension K
   */
  public static long bytesPerDocument(ElementType type, int dimension) {
    return type.rowLength(dimension) + 3 * base64Bytes(type, dimension);
  }

  /**
   * Returns the bytes by which a vector makes a document's JSON source longer.
   *
   * @param type how the field stores it
   * @param dimension K
   */
  public static long base64Bytes(ElementType type, int dimension) {
    return (type.rowLength(dimension) + 2) / 3 * 4L;
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

  /** Returns the reservation of the bulk that is being served, or null outside of bulks. */
  public static VectorReservation bound(ThreadContext context) {
    return context.getTransient(TRANSIENT);
  }

  /**
   * Reserves more bytes.
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

  /**
   * Holds a vector until {@link #take}, or until the bulk has been answered.
   *
   * @return what stands for the vector in the document
   */
  public synchronized String hold(PendingVector vector) {
    String placeholder = prefix + holds++;
    if (!closed) {
      held.put(placeholder, vector);
    }
    return placeholder;
  }

  /** Whether any document of this bulk was given a placeholder. */
  public synchronized boolean isUsed() {
    return holds > 0;
  }

  /** Whether a text is a placeholder of this bulk, also of a vector that was taken already. */
  public boolean isPlaceholder(String text) {
    return text.startsWith(prefix);
  }

  /** Returns a held vector, which is not held any more; empty if there is none. */
  public synchronized Optional<PendingVector> take(String placeholder) {
    return Optional.ofNullable(held.remove(placeholder));
  }

  /**
   * Changes what a document has reserved; less is given back, which never fails.
   *
   * @throws CircuitBreakingException (429) if it is more, and the node holds too many already
   */
  public void resize(long from, long to) {
    if (to > from) {
      reserve(to - from);
    } else {
      release(from - to);
    }
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
      held.clear();
      breaker.addWithoutBreaking(-reservedBytes);
    }
  }
}
