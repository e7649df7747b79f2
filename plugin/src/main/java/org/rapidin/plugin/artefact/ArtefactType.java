package org.rapidin.plugin.artefact;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.rapidin.attribution.fitted.Background;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.fitted.FittedState;
import org.rapidin.attribution.fitted.PrincipalComponents;

/** Kinds of artefacts, which are made of stored vectors or of texts. */
enum ArtefactType {
  /** The damped inverse of their covariance. */
  FISHER,
  /** The vectors themselves, whose influences are compared with those of hits. */
  BACKGROUND,
  /** The principal components of the factors of gradients, which are computed from texts. */
  PCA;

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
   * Reads the bytes of an artefact of this type.
   *
   * @param content says how many documents and bytes there are
   * @throws IOException if they are of another version, or not those of such an artefact
   */
  FittedState read(StoredArtefact.Content content, DataInputStream in) throws IOException {
    return switch (this) {
      case FISHER -> DampedInverse.read(in);
      case BACKGROUND -> Background.read(in, Math.toIntExact(content.documents()), content.bytes());
      case PCA -> PrincipalComponents.read(in, content.bytes());
    };
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
