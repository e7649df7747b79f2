package org.rapidin.plugin.artefact;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Kinds of artefacts, which are made of stored vectors. */
enum ArtefactType {
  /** The damped inverse of their covariance. */
  FISHER,
  /** The vectors themselves, whose influences are compared with those of hits. */
  BACKGROUND;

  /** With fewer documents no p-value is below .05, and a mean shows much of each document. */
  static final int LEAST_BACKGROUND = 20;

  /** Returns the name in requests. */
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
          "artefact [%s] has type [%s], but an artefact of type [%s] is needed here"
              .formatted(artefact.id(), artefact.spec().type().key(), key()));
    }
  }
}
