package org.rapidin.plugin.artefact;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is fitted to vectors. */
enum ArtefactType {
  /** The damped inverse of their covariance. */
  FISHER,
  /** The vectors themselves, as what others are compared with. */
  BACKGROUND;

  /** Fewer have no p-value below .05, and say much of single documents. */
  static final int LEAST_BACKGROUND = 20;

  /** The name in requests. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the type with a name.
   *
   * @throws IllegalArgumentException if there is none; names all
   */
  static ArtefactType of(String key) {
    List<String> keys = Arrays.stream(values()).map(ArtefactType::key).toList();
    if (!keys.contains(key)) {
      throw new IllegalArgumentException("type must be one of %s, got [%s]".formatted(keys, key));
    }
    return values()[keys.indexOf(key)];
  }

  /**
   * Checks that an artefact is of this type.
   *
   * @throws IllegalArgumentException if not
   */
  void require(StoredArtefact artefact) {
    if (artefact.spec().type() != this) {
      throw new IllegalArgumentException(
          "artefact [%s] is of type [%s], here one of type [%s] is needed"
              .formatted(artefact.id(), artefact.spec().type().key(), key()));
    }
  }
}
