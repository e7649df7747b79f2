package org.rapidin.plugin.artefact;

import java.util.function.Function;
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
  public void keep(String id, ActionListener<Void> listener) {
    throw new AssertionError("none was found");
  }

  @Override
  public <T> T apply(ArtefactReference reference, Function<DampedInverse, T> use) {
    throw new AssertionError("none was found");
  }
}
