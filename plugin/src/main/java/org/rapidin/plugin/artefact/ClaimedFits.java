package org.rapidin.plugin.artefact;

import java.io.IOException;

/**
 * Keeps what is fitted under a name that is claimed first, or nothing.
 *
 * @param index where it is kept
 */
record ClaimedFits(ArtefactIndex index) {
  /** Makes an artefact. */
  interface Fit {
    /**
     * Fits and writes.
     *
     * @param claimed is not fitted yet
     * @param chunks take its bytes
     * @return the artefact with its content
     */
    StoredArtefact fit(StoredArtefact claimed, ChunkOutput chunks) throws IOException;
  }

  /**
   * Claims the name of an artefact, fits it and keeps it; if that fails, nothing is left.
   *
   * @throws org.opensearch.OpenSearchStatusException (409) if there is one of that name, or it was
   *     deleted while it was fitted
   */
  StoredArtefact keep(StoredArtefact artefact, Fit fit) throws IOException {
    ArtefactIndex.Claim claim = index.claim(artefact);
    try {
      StoredArtefact fitted = fit.fit(artefact, new ChunkOutput(index.chunks(), artefact.run()));
      index.finish(fitted, claim);
      return fitted;
    } catch (Exception e) {
      discard(artefact, claim, e);
      throw e;
    }
  }

  private void discard(StoredArtefact artefact, ArtefactIndex.Claim claim, Exception reason) {
    try {
      index.discard(artefact, claim);
    } catch (Exception e) { // it stays, unfinished, until it is deleted
      reason.addSuppressed(e);
    }
  }
}
