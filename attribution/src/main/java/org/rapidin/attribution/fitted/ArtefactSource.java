package org.rapidin.attribution.fitted;

import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.compression.ArtefactReference;

/** Brings artefacts that attributors name into memory. */
@FunctionalInterface
public interface ArtefactSource {
  /** Has none. */
  ArtefactSource NONE =
      reference -> {
        throw new ModelUnavailableException(
            "there is no artefact [%s] here".formatted(reference.id()));
      };

  /**
   * Reads an artefact; blocks.
   *
   * @return the caller closes it
   * @throws ModelUnavailableException if it cannot be read, or its bytes have another digest
   */
  Held open(ArtefactReference reference);

  /**
   * An artefact in memory until it is closed.
   *
   * @param state that was fitted
   * @param release gives its memory back
   */
  record Held(FittedState state, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }
}
