package org.rapidin.ingest;

import java.util.List;
import org.opensearch.common.util.concurrent.ThreadContext;

/**
 * Marks calls whose documents are only shown ({@code _simulate}): the processor then writes a few
 * words in place of the vector, which would be 175 KB of base64 and can be turned back into text.
 */
public final class Simulation {
  private static final String TRANSIENT = "rapidin.simulation";

  private Simulation() {}

  /**
   * Begins a context in which documents are only shown.
   *
   * @return restores the caller's context when closed
   */
  public static ThreadContext.StoredContext begin(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, true);
    return caller;
  }

  /** Whether the documents of a call are only shown. */
  public static boolean isActive(ThreadContext context) {
    return context.getTransient(TRANSIENT) != null;
  }
}
