package org.rapidin.plugin.artefact;

import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.plugin.mapper.PinnedAttributor;

/** Finds what the gradients of queries are multiplied with. */
@FunctionalInterface
public interface Preconditioners {
  /**
   * Brings an artefact into memory.
   *
   * @param id of the artefact
   * @param listener is called on the generic pool, in the caller's thread context; must close what
   *     it gets. Fails with {@link IllegalArgumentException} if there is none of that name, or it
   *     is of another type, with 409 if it is still being fitted, with 429 if there is no memory
   *     for it
   */
  void use(String id, ActionListener<Use> listener);

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
   * An artefact in memory, until it is closed.
   *
   * @param artefact where it comes from
   * @param inverse what it does
   * @param end gives the memory back if nobody else needs it
   */
  record Use(StoredArtefact artefact, DampedInverse inverse, Releasable end) implements Releasable {
    /** SHA-256 of the artefact in hex. */
    public String digest() {
      return artefact.content().orElseThrow().digest();
    }

    /**
     * Checks that the artefact was fitted to vectors like those of a field.
     *
     * @throws IllegalArgumentException if not
     */
    public void requireFor(String field, PinnedAttributor pins) {
      if (!inverse.fingerprint().equals(pins.fingerprint())) {
        throw new IllegalArgumentException(
            "artefact [%s] was fitted to vectors of attributor [%s] with fingerprint [%s], field [%s] has those of attributor [%s] with fingerprint [%s]: fit one to an index of that attributor"
                .formatted(
                    artefact.id(),
                    artefact.vectors().attributor(),
                    inverse.fingerprint(),
                    field,
                    pins.attributor(),
                    pins.fingerprint()));
      }
    }

    @Override
    public void close() {
      end.close();
    }
  }
}
