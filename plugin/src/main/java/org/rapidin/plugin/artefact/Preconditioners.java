package org.rapidin.plugin.artefact;

import java.util.function.Function;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.plugin.mapper.PinnedAttributor;

/** Finds what the gradients of queries are multiplied with. */
public interface Preconditioners {
  /**
   * Looks an artefact up, without its bytes.
   *
   * @param listener fails with {@link IllegalArgumentException} if there is none of that name, with
   *     409 if it is still being fitted
   */
  void find(String id, ActionListener<StoredArtefact> listener);

  /**
   * Brings an artefact into memory.
   *
   * @param artefact that {@link #find} found
   * @param listener is called on the generic pool, in the caller's thread context; must close what
   *     it gets. Fails with 429 if there is no memory for it, and at the deadline of the request
   */
  void load(StoredArtefact artefact, ActionListener<Use> listener);

  /**
   * Brings an artefact into memory for {@link #apply}.
   *
   * @param listener fails with {@link IllegalArgumentException} if there is none of that name, or
   *     it is larger than what this node keeps, and as {@link #load}
   */
  void keep(String id, ActionListener<Void> listener);

  /**
   * Uses an artefact that is in memory; does not wait.
   *
   * @param reference its digest is that of the artefact that a query was multiplied with
   * @throws org.opensearch.OpenSearchStatusException (503) if it is not there, or another one of
   *     its name is
   */
  <T> T apply(ArtefactReference reference, Function<DampedInverse, T> use);

  /**
   * Checks that a field is searched by inner products of gradients.
   *
   * @throws IllegalArgumentException if not
   */
  static void requireInnerProducts(String field, PinnedAttributor pins) {
    if (pins.similarity() != Similarity.DOT_PRODUCT) {
      throw new IllegalArgumentException(
          "preconditioning is for inner products of gradients, and the vectors of field [%s] were divided by their norms: use a field of an attributor with similarity [dot_product]"
              .formatted(field));
    }
  }

  /**
   * Checks that an artefact was fitted to vectors like those of a field.
   *
   * @param fingerprint of the attributor that it was fitted to
   * @throws IllegalArgumentException if not
   */
  static void requireFor(
      StoredArtefact artefact, String fingerprint, String field, PinnedAttributor pins) {
    if (!fingerprint.equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "artefact [%s] was fitted to vectors of attributor [%s] with fingerprint [%s], field [%s] has those of attributor [%s] with fingerprint [%s]: fit one to an index of that attributor"
              .formatted(
                  artefact.id(),
                  artefact.vectors().attributor(),
                  fingerprint,
                  field,
                  pins.attributor(),
                  pins.fingerprint()));
    }
  }

  /**
   * An artefact in memory, until it is closed.
   *
   * @param artefact where it comes from
   * @param inverse what it does
   * @param end gives the memory back if nobody else needs it
   */
  record Use(StoredArtefact artefact, DampedInverse inverse, Releasable end) implements Releasable {
    @Override
    public void close() {
      end.close();
    }
  }
}
