package org.rapidin.plugin.artefact;

import org.opensearch.core.action.ActionListener;

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
}
