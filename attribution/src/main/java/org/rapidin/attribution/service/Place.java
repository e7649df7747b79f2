package org.rapidin.attribution.service;

import java.util.Optional;

/**
 * What an admitted request takes of the {@link GradientQueue}.
 *
 * @param lane of its jobs
 * @param bytes of its texts and vectors
 * @param user whose share it counts against; empty where nobody's
 */
record Place(Lane lane, long bytes, Optional<String> user) {
  /** A place that counts against nobody's share. */
  Place(Lane lane, long bytes) {
    this(lane, bytes, Optional.empty());
  }
}
