package org.rapidin.plugin.query;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.fitted.DampedInverse;
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
   * @param node has the artefact that the query names, and memory for measures; called if they are
   *     needed
   * @throws IllegalArgumentException if the gradient was not multiplied with the artefact
   */
  static ShardNormalization of(
      InfluenceOptions options,
      ResolvedGradient gradient,
      double documentNorm,
      Supplier<CoordinatorRewrite> node) {
    List<float[]> vectors = gradient.vectors();
    boolean opponents = options.opponents();
    return switch (options.normalize().kind()) {
      case NONE ->
          new ShardNormalization(null, InfluenceScore.of(vectors, documentNorm, opponents));
      case L2 -> new ShardNormalization(norm(1, node), InfluenceScore.of(vectors, 1, opponents));
      case COSINE -> {
        InfluenceScore score = InfluenceScore.of(vectors, 1, opponents);
        yield new ShardNormalization(norm(score.scale(), node), score);
      }
      case RELATIF -> relatif(options.normalize().reference(gradient), vectors, opponents, node);
    };
  }

  private static Normalization norm(double query, Supplier<CoordinatorRewrite> node) {
    return new Normalization(
        NORM,
        new Normalization.Names(
            "norm of the document's vector as it is stored", "norm of the query"),
        row -> new GradientVector(row).norm(),
        query,
        room(node));
  }

  private static ShardNormalization relatif(
      ArtefactReference artefact,
      List<float[]> vectors,
      boolean opponents,
      Supplier<CoordinatorRewrite> node) {
    DampedInverse inverse = node.get().preconditioners().inMemory(artefact);
    double query = vectors.stream().mapToDouble(inverse::normOfProduct).max().orElseThrow();
    return new ShardNormalization(
        new Normalization(artefact.digest(), names(artefact), inverse::norm, 1, room(node)),
        new InfluenceScore(query, opponents));
  }

  private static Normalization.Names names(ArtefactReference artefact) {
    String by = " by artefact [%s] with digest [%s]".formatted(artefact.id(), artefact.digest());
    return new Normalization.Names(
        "root of the document's self-influence" + by, "root of the query's self-influence" + by);
  }

  private static LongFunction<Optional<Closeable>> room(Supplier<CoordinatorRewrite> node) {
    return bytes -> {
      try {
        return Optional.of(node.get().handles().reserve(bytes)::close);
      } catch (CircuitBreakingException _) {
        return Optional.empty();
      }
    };
  }
}
