package org.rapidin.plugin.handle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.util.concurrent.ThreadContext;

/**
 * The gradients that one search uses, from their resolution on the coordinating node until the
 * search has answered. Safe for many threads; closing is idempotent.
 */
public final class SearchUses implements Releasable {
  private static final String TRANSIENT = "rapidin.search_uses";

  private final List<Releasable> uses = new ArrayList<>();
  private boolean closed;

  /**
   * Begins a context in which every gradient that is resolved counts as used by this search, and
   * not by an enclosing one.
   *
   * @return restores the caller's context when closed
   */
  public ThreadContext.StoredContext begin(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /** Returns what receives the uses of the current search; outside of searches uses end at once. */
  public static Consumer<Releasable> current(ThreadContext context) {
    SearchUses current = context.getTransient(TRANSIENT);
    return current == null ? Releasable::close : current::add;
  }

  /** Returns whether the current search has been answered; outside of searches it never is. */
  public static BooleanSupplier ended(ThreadContext context) {
    SearchUses current = context.getTransient(TRANSIENT);
    return () -> current != null && current.isClosed();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void add(Releasable use) {
    synchronized (this) {
      if (!closed) {
        uses.add(use);
        return;
      }
    }
    use.close();
  }

  @Override
  public void close() {
    List<Releasable> ended;
    synchronized (this) {
      closed = true;
      ended = List.copyOf(uses);
      uses.clear();
    }
    Releasables.close(ended);
  }
}
