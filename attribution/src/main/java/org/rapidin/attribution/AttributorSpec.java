package org.rapidin.attribution;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Compression.UnitNorm;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.error.InfluenceError;

/**
 * The one place that says how text becomes a vector. Immutable; its JSON form is read and written
 * by {@link AttributorSpecFormat}.
 *
 * @param model directory name below the models root
 * @param checkpoints adapters whose scaled gradients are concatenated; empty for the base model
 * @param parameters which weights' gradients count: {@code ["adapter"]}, {@code ["linear"]}, or
 *     name patterns with {@code *}
 * @param template how a document's fields become prompt and completion
 * @param specialTokens where the name of a special token stands for the token
 * @param maxTokens tokens of prompt and completion that are used, the rest is cut off
 * @param normalization what is done to each tensor's gradient before compression
 * @param compression how the gradient becomes K numbers
 * @param similarity what the score measures
 * @param scoreScale s in the score's x = raw/(‖q‖·s); 0 means derived (see {@link #derivedScale})
 */
public record AttributorSpec(
    String model,
    List<Checkpoint> checkpoints,
    List<String> parameters,
    TextTemplate template,
    SpecialTokens specialTokens,
    int maxTokens,
    Normalization normalization,
    Compression compression,
    Similarity similarity,
    double scoreScale) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  /** Where the name of a special token, such as {@code </s>}, stands for the token. */
  public enum SpecialTokens {
    /** In the template and in queries; in a document's fields it is text like any other. */
    AUTO,
    /** Also in a document's fields, for fields that hold rendered conversations. */
    EVERYWHERE
  }

  /** What is done to each parameter tensor's gradient before compression. */
  public enum Normalization {
    /** Divided by its own L2 norm. */
    LAYER,
    /** Nothing. */
    NONE
  }

  /** What the score measures. */
  public enum Similarity {
    /** The inner product of the vectors. */
    DOT_PRODUCT,
    /** The cosine: vectors are divided by their norm when they are indexed. */
    COSINE
  }

  /**
   * One adapter and the weight of its inner products (often the learning rate at that checkpoint).
   *
   * @param adapter directory name below the model directory
   * @param weight more than 0
   */
  public record Checkpoint(String adapter, double weight) {
    public Checkpoint {
      requireName("adapter", adapter);
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new IllegalArgumentException(
            "weight of checkpoint [%s] must be more than 0, got %s".formatted(adapter, weight));
      }
    }
  }

  public AttributorSpec {
    requireName("model", model);
    checkpoints = List.copyOf(checkpoints);
    parameters = List.copyOf(parameters);
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(specialTokens, "specialTokens");
    Objects.requireNonNull(normalization, "normalization");
    Objects.requireNonNull(compression, "compression");
    Objects.requireNonNull(similarity, "similarity");
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("parameters is empty: name adapter, linear or patterns");
    }
    if (parameters.contains("adapter") && checkpoints.isEmpty()) {
      throw new IllegalArgumentException(
          "parameters [adapter] needs an adapter: give \"adapter\" or \"checkpoints\"");
    }
    if (maxTokens < 2 || maxTokens > 1 << 20) {
      throw new IllegalArgumentException(
          "max_tokens must be 2 to 1048576, got %s".formatted(maxTokens));
    }
    if (scoreScale < 0 || !Double.isFinite(scoreScale)) {
      throw new IllegalArgumentException(
          "score_scale must be more than 0, got %s".formatted(scoreScale));
    }
    requireFits(compression, normalization, similarity);
    if (normalization == Normalization.NONE
        && similarity == Similarity.DOT_PRODUCT
        && compression.unitNormOfTexts() != UnitNorm.ALWAYS
        && scoreScale == 0) {
      throw new IllegalArgumentException(
          "normalization [none] with similarity [dot_product] needs score_scale: the typical norm of a document's gradient");
    }
  }

  private static void requireFits(
      Compression compression, Normalization normalization, Similarity similarity) {
    if (normalization != Normalization.NONE && !compression.takesNormalization()) {
      throw new IllegalArgumentException(
          "normalization [layer] is not for compression.method [%s], which scales gradients itself: leave normalization out or set it to [none]"
              .formatted(compression.method()));
    }
    if (similarity == Similarity.COSINE && compression.unitNormOfTexts() == UnitNorm.NEVER) {
      throw new IllegalArgumentException(
          "similarity [cosine] divides vectors by their norms, which compression.unit_norm [false] rules out: set similarity to [dot_product], or unit_norm to [true]");
    }
  }

  /** Returns whether vectors of documents are divided by their norms. */
  public boolean unitDocuments() {
    return similarity == Similarity.COSINE || unitGenerations();
  }

  /** Returns whether vectors of generations are divided by their norms. */
  public boolean unitGenerations() {
    return compression.unitNormOfTexts() == UnitNorm.ALWAYS;
  }

  /**
   * Returns the error of influences that are computed from compressed vectors.
   *
   * @param layout of the gradients that are compressed
   */
  public InfluenceError error(GradientLayout layout) {
    return new InfluenceError(compression.error(layout), unitDocuments(), unitGenerations());
  }

  /**
   * Returns K, the numbers of a vector.
   *
   * @throws IllegalStateException if it follows from the model's files and {@link #fit} has not
   *     said it
   */
  public int dimension() {
    return compression.dimension();
  }

  /**
   * Returns the spec for the gradients of its model, with its dimension.
   *
   * @throws IllegalArgumentException if the compression does not take these gradients
   */
  public AttributorSpec fit(GradientLayout layout) {
    return with(compression.fit(layout));
  }

  /** Returns the spec with another compression. */
  public AttributorSpec with(Compression other) {
    return new AttributorSpec(
        model,
        checkpoints,
        parameters,
        template,
        specialTokens,
        maxTokens,
        normalization,
        other,
        similarity,
        scoreScale);
  }

  /** Returns whether another spec is this one, fitted to the files of its model. */
  public boolean mayBecome(AttributorSpec fitted) {
    return compression.mayBecome(fitted.compression) && with(fitted.compression).equals(fitted);
  }

  /**
   * The score scale s: as given, 1 where documents have norm 1, and for layer normalisation the
   * norm that every document's gradient has, √(Σ weights × tensors).
   *
   * @param tensors parameter tensors per checkpoint
   */
  public double derivedScale(int tensors) {
    if (scoreScale > 0) {
      return scoreScale;
    }
    if (unitDocuments()) {
      return 1;
    }
    double weights =
        checkpoints.isEmpty() ? 1 : checkpoints.stream().mapToDouble(Checkpoint::weight).sum();
    return Math.sqrt(weights * tensors);
  }

  private static void requireName(String what, String name) {
    if (name == null || !NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "%s must be a directory name of letters, digits, '.', '_', '-', got [%s]"
              .formatted(what, name));
    }
  }
}
