package org.rapidin.plugin.artefact;

import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.fitted.DampedInverse;

/** A node without artefacts. */
public final class NoArtefacts implements Preconditioners {
  @Override
  public void find(String id, ActionListener<StoredArtefact> listener) {
    listener.onFailure(new IllegalArgumentException("no artefact " + id));
  }

  @Override
  public void load(StoredArtefact artefact, ActionListener<Use> listener) {
    throw new AssertionError("none was found");
  }

  @Override
  public void keep(ArtefactReference reference, ActionListener<Releasable> listener) {
    throw new AssertionError("none was found");
  }

  @Override
  public DampedInverse inMemory(ArtefactReference reference) {
    throw new AssertionError("none was found");
  }
}
