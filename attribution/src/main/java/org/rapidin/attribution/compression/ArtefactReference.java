package org.rapidin.attribution.compression;

import java.util.Objects;

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
}
