package org.rapidin.attribution.compression;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Names what was fitted and is kept in the cluster.
 *
 * @param id its name
 * @param digest SHA-256 of its bytes in hex; empty until it was looked up
 */
public record ArtefactReference(String id, String digest) {
  public ArtefactReference {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(digest, "digest");
  }

  /** Returns whether another reference is this one with its digest, or the same. */
  boolean mayBecome(ArtefactReference found) {
    return equals(found) || digest.isEmpty() && id.equals(found.id);
  }

  /** Returns whether both are absent, or the first {@link #mayBecome} the second. */
  static boolean mayBecome(Optional<ArtefactReference> named, Optional<ArtefactReference> found) {
    return named.isEmpty()
        ? found.isEmpty()
        : found.isPresent() && named.get().mayBecome(found.get());
  }

  /** Writes the id under one key, and the digest under another where it is known. */
  void write(String idKey, String digestKey, Map<String, Object> map) {
    map.put(idKey, id);
    if (!digest.isEmpty()) {
      map.put(digestKey, digest);
    }
  }
}
