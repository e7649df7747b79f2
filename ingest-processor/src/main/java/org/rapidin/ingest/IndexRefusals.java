package org.rapidin.ingest;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Says which indices take no vectors of the bulk that is being served, before any is computed. */
@FunctionalInterface
public interface IndexRefusals {

  /**
   * Asks about one index.
   *
   * @param index as a document names it: an index, an alias, a data stream, or date math
   * @return why it takes no vectors, empty where it takes them; completes in the caller's thread
   *     context, never with an exception
   * @throws RuntimeException if it is not a valid name of an index
   */
  CompletableFuture<Optional<Exception>> of(String index);
}
