package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.Optional;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.fitted.Background;

/** Finds samples of documents with which the influences of hits are compared. */
@FunctionalInterface
public interface Backgrounds {
  /**
   * Brings an artefact of type {@code background} into memory.
   *
   * @param id of the artefact
   * @param listener is called in the caller's thread context; must close what it receives. Fails
   *     with {@link IllegalArgumentException} if there is no such artefact or it has another type,
   *     with 409 if it is still being fitted, with 429 if there is no memory for it, and with 503
   *     if it was not read before the deadline of the request
   */
  void sample(String id, ActionListener<Use> listener);

  /**
   * A sample in memory, until it is closed.
   *
   * @param artefact where it comes from
   * @param background the sample
   * @param end frees the memory if no other search uses it
   */
  record Use(StoredArtefact artefact, Background background, Releasable end) implements Releasable {
    private static final String TRANSIENT = "rapidin.background";

    /**
     * Begins a context in which a search finds this sample.
     *
     * @return restores the caller's context when closed
     */
    public ThreadContext.StoredContext begin(ThreadContext context) {
      ThreadContext.StoredContext caller = context.newStoredContext(true, List.of(TRANSIENT));
      context.putTransient(TRANSIENT, this);
      return caller;
    }

    /** Returns the sample of the current search. */
    public static Optional<Use> current(ThreadContext context) {
      return Optional.ofNullable(context.getTransient(TRANSIENT));
    }

    /**
     * Checks that the sample has vectors of an attributor.
     *
     * @param attributor whose vectors a query searches
     * @throws IllegalArgumentException if not
     */
    public void requireFor(String attributor, String fingerprint) {
      if (!background.fingerprint().equals(fingerprint)) {
        throw new IllegalArgumentException(
            "artefact [%s] has vectors of attributor [%s] with fingerprint [%s], the query searches those of attributor [%s] with fingerprint [%s]: make a background of an index of that attributor"
                .formatted(
                    artefact.id(),
                    artefact.vectors().attributor(),
                    background.fingerprint(),
                    attributor,
                    fingerprint));
      }
    }

    @Override
    public void close() {
      end.close();
    }
  }
}
