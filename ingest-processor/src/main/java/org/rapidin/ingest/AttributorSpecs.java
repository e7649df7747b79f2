package org.rapidin.ingest;

import org.rapidin.attribution.AttributorSpec;

/** Where the processor finds an attributor's spec when a batch arrives. */
@FunctionalInterface
public interface AttributorSpecs {

  /**
   * The spec of a registered attributor.
   *
   * @throws IllegalArgumentException if there is none of this id; says the mend
   */
  AttributorSpec require(String id);
}
