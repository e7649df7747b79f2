package org.rapidin.attribution.compression;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * How the gradients of a text, P numbers, become a vector of K numbers. Immutable. What {@link
 * #toMap} writes is part of the attributor's fingerprint, so it covers everything that a vector
 * depends on, and what is written for existing attributors never changes.
 *
 * <p>Another method is another record here and another {@code Compressor}.
 */
public sealed interface Compression
    permits RapidGrad, Identity, RandomProjection, Logra, TrackStar, LmHead {
  /** The key under which an attributor has it. */
  String KEY = "compression";

  /** The key of its method. */
  String METHOD = "method";

  /** The names of all methods. */
  List<String> METHODS =
      List.of(
          RapidGrad.METHOD_NAME,
          Identity.METHOD_NAME,
          RandomProjection.METHOD_NAME,
          Logra.METHOD_NAME,
          TrackStar.METHOD_NAME,
          LmHead.METHOD_NAME);

  /** Whether the vector of a text is divided by its norm. */
  enum UnitNorm {
    /** Those of documents are if the attributor's similarity is the cosine. */
    BY_SIMILARITY,
    /** Those of documents and of generations are. */
    ALWAYS,
    /** None is: the cosine would take back what the method says. */
    NEVER
  }

  /**
   * Reads the compression of an attributor; absent, it is {@code rapidgrad}.
   *
   * @throws IllegalArgumentException if the method is unknown, or an option is unknown or out of
   *     range; names it and what is allowed
   */
  static Compression read(Map<String, ?> attributor) {
    SpecObject compression = new SpecObject("", attributor).unchecked(KEY);
    String method = compression.string(METHOD, RapidGrad.METHOD_NAME);
    return switch (method) {
      case RapidGrad.METHOD_NAME -> RapidGrad.read(compression);
      case Identity.METHOD_NAME -> Identity.read(compression);
      case RandomProjection.METHOD_NAME -> RandomProjection.read(compression);
      case Logra.METHOD_NAME -> Logra.read(compression);
      case TrackStar.METHOD_NAME -> TrackStar.read(compression);
      case LmHead.METHOD_NAME -> LmHead.read(compression);
      default ->
          throw new IllegalArgumentException(
              "%s must be one of %s, got [%s]"
                  .formatted(compression.named(METHOD), METHODS, method));
    };
  }

  /** Returns the name of the method. */
  String method();

  /**
   * Returns the JSON form, keys always in the same order. Defaults are written out, but for those
   * of options that a method got later: they are left out, so that attributors keep their
   * fingerprints.
   */
  Map<String, Object> toMap();

  /**
   * Returns K, the numbers of a vector.
   *
   * @throws IllegalStateException if K follows from the gradients and {@link #fit} has not said it
   */
  int dimension();

  /**
   * Returns the gradients that the method takes, of those that the attributor's parameters select.
   * The others are not computed.
   *
   * @throws IllegalArgumentException if it names some that are not there; names them
   */
  default GradientLayout select(GradientLayout layout) {
    return layout;
  }

  /**
   * Returns the tensors of each checkpoint that the method takes from the head, in place of all
   * that the attributor's parameters select; empty if it takes those.
   *
   * @param head the weight that logits are products with, by the name under which files store it,
   *     also if it is the embedding's, [vocabulary, hidden]
   */
  default Optional<List<Tensor>> ofHead(Tensor head) {
    return Optional.empty();
  }

  /**
   * Returns the compression of the gradients of a model: with the dimension, where that follows
   * from them.
   *
   * @throws IllegalArgumentException if the method does not take so many numbers, or its dimension
   *     was given and is another; names what is allowed
   */
  Compression fit(GradientLayout layout);

  /**
   * Returns which numbers of a vector belong to which layer.
   *
   * @return empty if numbers of several layers are added up
   */
  default List<VectorPart> layers(GradientLayout layout) {
    return List.of();
  }

  /**
   * Returns the bytes of native memory that a compressor of these gradients holds while the model
   * is open.
   */
  default long residentBytes(GradientLayout layout) {
    return 0;
  }

  /**
   * Returns the bytes of native memory that compressing takes during a pass, beyond gradients that
   * are multiplied out, whatever the batch.
   */
  default long passBytes(GradientLayout layout) {
    return 0;
  }

  /** Returns whether the attributor's normalization may scale tensors before they get here. */
  default boolean takesNormalization() {
    return true;
  }

  /** Returns whether vectors of texts have norm 1. */
  default UnitNorm unitNormOfTexts() {
    return UnitNorm.BY_SIMILARITY;
  }

  /**
   * Returns which numbers of a vector are those of which module; empty if the method mixes modules.
   *
   * @param layout of the gradients that the method takes
   */
  default List<ModulePart> parts(GradientLayout layout) {
    return List.of();
  }

  /**
   * Returns the error of inner products of vectors, before these are divided by norms.
   *
   * @param layout of the gradients that the method takes
   */
  CompressionError error(GradientLayout layout);

  /** Returns whether vectors depend on the file of the optimizer's second moments. */
  default boolean secondMoment() {
    return false;
  }

  /** Returns what was fitted to other vectors or gradients and has a part in these vectors. */
  default Optional<ArtefactReference> artefact() {
    return Optional.empty();
  }

  /** Returns whether {@link #fit} may make another of this one. */
  default boolean mayBecome(Compression fitted) {
    return equals(fitted);
  }
}
