package org.rapidin.attribution;

import java.util.Objects;

/**
 * A registered attributor, looked up once per request: everything that computing and storing its
 * vectors needs.
 *
 * @param id name by which processors, mappings and queries refer to it
 * @param spec how text becomes a vector
 * @param fingerprint equal fingerprints mean equal vectors
 * @param scoreScale s in the score's x = raw/(‖q‖·s), more than 0
 */
public record ResolvedAttributor(
    String id, AttributorSpec spec, String fingerprint, double scoreScale) {
  public ResolvedAttributor {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(fingerprint, "fingerprint");
  }
}
