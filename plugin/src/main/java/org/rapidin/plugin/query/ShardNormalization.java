package org.rapidin.plugin.query;

import java.util.List;
import java.util.function.Supplier;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.InfluenceScore;
import org.rapidin.plugin.lucene.Normalization;

/**
 * What a shard divides by, and how quotients become scores: x is the cosine, or with {@code
 * relatif} that of the inner product (R + λI)⁻¹.
 *
 * @param by null for nothing
 */
record ShardNormalization(Normalization by, InfluenceScore score) {
  private static final String NORM = "norm";

  /**
   * Makes what a query asked for.
   *
   * @param documentNorm score scale of the mapping
   * @param preconditioners measures documents with the artefact that the query names
   * @throws IllegalArgumentException if the gradient was not multiplied with it
   */
  static ShardNormalization of(
      InfluenceOptions options,
      ResolvedGradient gradient,
      double documentNorm,
      Supplier<Preconditioners> preconditioners) {
    List<float[]> vectors = gradient.vectors();
    boolean opponents = options.opponents();
    return switch (options.normalize().kind()) {
      case NONE ->
          new ShardNormalization(null, InfluenceScore.of(vectors, documentNorm, opponents));
      case L2 -> new ShardNormalization(norm(1), InfluenceScore.of(vectors, 1, opponents));
      case COSINE -> {
        InfluenceScore score = InfluenceScore.of(vectors, 1, opponents);
        yield new ShardNormalization(norm(score.scale()), score);
      }
      case RELATIF ->
          relatif(
              reference(options.normalize(), gradient), gradient, opponents, preconditioners.get());
    };
  }

  private static Normalization norm(double query) {
    return new Normalization(NORM, row -> new GradientVector(row).norm(), query);
  }

  private static ArtefactReference reference(Normalize normalize, ResolvedGradient gradient) {
    if (gradient.preconditioner() == null) {
      throw new IllegalArgumentException(
          "[normalize] [relatif] needs a gradient that was multiplied with artefact [%s]"
              .formatted(normalize.artefact()));
    }
    return new ArtefactReference(normalize.artefact(), gradient.preconditioner());
  }

  private static ShardNormalization relatif(
      ArtefactReference artefact,
      ResolvedGradient gradient,
      boolean opponents,
      Preconditioners preconditioners) {
    double query =
        gradient.vectors().stream()
            .mapToDouble(
                vector -> preconditioners.apply(artefact, inverse -> inverse.normOfProduct(vector)))
            .max()
            .orElseThrow();
    return new ShardNormalization(
        new Normalization(
            artefact.digest(),
            row -> preconditioners.apply(artefact, inverse -> inverse.norm(row)),
            1),
        new InfluenceScore(query, opponents));
  }
}
