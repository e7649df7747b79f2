package org.rapidin.plugin.query;

import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.mapper.PinnedAttributor;

/** Whether documents of a field can be ranked by a gradient. Failures name the field. */
final class FieldChecks {
  private FieldChecks() {}

  /**
   * Checks that documents can be ranked by a vector.
   *
   * @throws IllegalArgumentException if it has another dimension than the field, or is all zero
   */
  static void requireFit(String field, QueryVector vector, PinnedAttributor pins) {
    requireDimension(field, vector, pins);
    if (new GradientVector(vector.values()).norm() == 0) {
      throw new IllegalArgumentException(
          "the query vector for field [%s] is all zero".formatted(field));
    }
  }

  /** Checks that a vector has as many numbers as the field's rows. */
  static void requireDimension(String field, QueryVector vector, PinnedAttributor pins) {
    if (vector.dimension() != pins.dimension()) {
      throw new IllegalArgumentException(
          "field [%s] has dimension %s, the query vector has %s"
              .formatted(field, pins.dimension(), vector.dimension()));
    }
  }

  /** Checks that a gradient was computed by the attributor that the field's rows come from. */
  static void requireSameFingerprint(QueryGradient gradient, String field, PinnedAttributor pins) {
    if (!gradient.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, pins.attributor(), pins.fingerprint(), gradient.fingerprint()));
    }
  }

  /** The fault of a field whose attributor was deleted. */
  static IllegalArgumentException unregistered(String field, PinnedAttributor pins) {
    return new IllegalArgumentException(
        "no attributor [%s], which field [%s] is mapped to: register it again with PUT _plugins/_rapidin/attributors/%s, or search with a vector"
            .formatted(pins.attributor(), field, pins.attributor()));
  }
}
