package org.rapidin.plugin.mapper;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * What a mapping remembers of its attributor, so that it is not looked up again.
 *
 * @param attributor id of the registered attributor that was named
 * @param dimension K
 * @param fingerprint of the attributor when the mapping was made
 * @param similarity what the score measures
 * @param scoreScale s in the score's x = raw/(‖q‖·s), more than 0
 */
public record PinnedAttributor(
    String attributor,
    int dimension,
    String fingerprint,
    Similarity similarity,
    double scoreScale) {
  static final String ATTRIBUTOR = "attributor";
  static final String DIMENSION = "dimension";
  static final String FINGERPRINT = "fingerprint";
  static final String SIMILARITY = "similarity";
  static final String SCORE_SCALE = "score_scale";

  public PinnedAttributor {
    Objects.requireNonNull(attributor, ATTRIBUTOR);
    Objects.requireNonNull(fingerprint, FINGERPRINT);
    Objects.requireNonNull(similarity, SIMILARITY);
    if (dimension < 1) {
      throw new IllegalArgumentException(
          "dimension must be at least 1, got %s".formatted(dimension));
    }
    if (!(scoreScale > 0) || Double.isInfinite(scoreScale)) {
      throw new IllegalArgumentException(
          "score_scale must be more than 0, got %s".formatted(scoreScale));
    }
  }

  /**
   * The pins of a registered attributor. Where its documents have norm 1, the similarity is cosine,
   * so that the field makes unit vectors of those that documents bring, too.
   */
  public static PinnedAttributor of(RegisteredAttributor registered) {
    return new PinnedAttributor(
        registered.id(),
        registered.spec().dimension(),
        registered.fingerprint(),
        registered.spec().unitDocuments() ? Similarity.COSINE : registered.spec().similarity(),
        registered.scoreScale());
  }

  /**
   * Reads the pins of a field's mapping.
   *
   * @param field full name, for the message
   * @param node the field's parameters
   * @throws IllegalArgumentException if one is missing or not readable
   */
  public static PinnedAttributor fromMapping(String field, Map<String, ?> node) {
    return new PinnedAttributor(
        required(field, node, ATTRIBUTOR),
        Integer.parseInt(required(field, node, DIMENSION)),
        required(field, node, FINGERPRINT),
        similarity(required(field, node, SIMILARITY)),
        Double.parseDouble(required(field, node, SCORE_SCALE)));
  }

  /** The pins as they stand in a mapping, without the attributor's name. */
  public Map<String, Object> toMapping() {
    Map<String, Object> pins = new LinkedHashMap<>();
    pins.put(DIMENSION, dimension);
    pins.put(FINGERPRINT, fingerprint);
    pins.put(SIMILARITY, similarity.name().toLowerCase(Locale.ROOT));
    pins.put(SCORE_SCALE, scoreScale);
    return pins;
  }

  private static Similarity similarity(String name) {
    for (Similarity similarity : Similarity.values()) {
      if (similarity.name().toLowerCase(Locale.ROOT).equals(name)) {
        return similarity;
      }
    }
    throw new IllegalArgumentException(
        "similarity must be dot_product or cosine, got [%s]".formatted(name));
  }

  private static String required(String field, Map<String, ?> node, String parameter) {
    Object value = node.get(parameter);
    if (value == null) {
      throw new IllegalArgumentException(missing(field, parameter));
    }
    return value.toString();
  }

  private static String missing(String field, String parameter) {
    return parameter.equals(ATTRIBUTOR)
        ? "field [%s] of type [gradient_vector] names no attributor: add \"attributor\""
            .formatted(field)
        : "field [%s] of type [gradient_vector] has no [%s]: it is written from the attributor when an index, a mapping or a template is put through the API; dynamic templates cannot hold this type"
            .formatted(field, parameter);
  }
}
