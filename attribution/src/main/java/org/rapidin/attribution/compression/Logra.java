package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * Projections of both factors of each linear layer's gradient: {@code {"method": "logra", "rank":
 * default 64, "projection": default "random", or "pca" with "artefact": id, "modules": default
 * "all", "seed": default 42, not with "pca"}}. Of each layer [n_o, n_i], a vector has min(k, n_o) ·
 * min(k, n_i) numbers, from which the dimension follows.
 *
 * @param rank k, from 1 to 1024
 * @param modules whose weights are projected
 * @param components principal components of the factors, fitted to gradients of the same weights;
 *     empty for random signs
 * @param seed decides every sign, whatever the modules; 0 with components
 * @param given K, from 1 to 2^20; 0 while it is not known
 * @see <a href="https://arxiv.org/abs/2405.13954">LoGra, section 3.2</a>
 */
public record Logra(
    int rank, Modules modules, Optional<ArtefactReference> components, long seed, int given)
    implements Compression {
  static final String METHOD_NAME = "logra";
  private static final String RANK = "rank";
  private static final String PROJECTION = "projection";
  private static final String RANDOM = "random";
  private static final String PCA = "pca";
  private static final String ARTEFACT = "artefact";
  private static final String DIGEST = "artefact_digest";
  private static final String SEED = "seed";
  private static final String SOURCE = "the rank and the layers";
  private static final int MAX_RANK = 1024;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Logra {
    if (rank < 1 || rank > MAX_RANK) {
      throw new IllegalArgumentException(
          "compression.rank must be 1 to %s, got %s".formatted(MAX_RANK, rank));
    }
    if (components.isPresent() && seed != 0) {
      throw new IllegalArgumentException("components are not drawn with a seed");
    }
    DerivedDimension.require(given, METHOD_NAME, SOURCE);
  }

  /** The method with random projections. */
  public Logra(int rank, Modules modules, long seed, int given) {
    this(rank, modules, Optional.empty(), seed, given);
  }

  static Logra read(SpecObject compression) {
    compression.requireKeys(
        METHOD, RANK, PROJECTION, ARTEFACT, DIGEST, Modules.KEY, SEED, DerivedDimension.KEY);
    Optional<ArtefactReference> components = components(compression);
    int dimension = DerivedDimension.read(compression, METHOD_NAME, SOURCE);
    return new Logra(
        compression.smallInteger(RANK, 64),
        Modules.read(compression),
        components,
        components.isPresent() ? 0 : compression.integer(SEED, 42),
        dimension);
  }

  private static Optional<ArtefactReference> components(SpecObject compression) {
    String projection = compression.string(PROJECTION, RANDOM);
    switch (projection) {
      case RANDOM -> {
        refuse(
            compression, ARTEFACT, "goes with projection [pca]: set projection, or leave it out");
        refuse(compression, DIGEST, "goes with projection [pca]: leave it out");
        return Optional.empty();
      }
      case PCA -> {
        if (!compression.has(ARTEFACT)) {
          throw new IllegalArgumentException(
              "%s [pca] needs %s: the id of an artefact of type [pca]"
                  .formatted(compression.named(PROJECTION), compression.named(ARTEFACT)));
        }
        refuse(compression, SEED, "decides random signs, projection [pca] has none: leave it out");
        return Optional.of(
            new ArtefactReference(compression.string(ARTEFACT), compression.string(DIGEST, "")));
      }
      default ->
          throw new IllegalArgumentException(
              "%s must be [random] or [pca], got [%s]"
                  .formatted(compression.named(PROJECTION), projection));
    }
  }

  private static void refuse(SpecObject compression, String key, String reason) {
    if (compression.has(key)) {
      throw new IllegalArgumentException("%s %s".formatted(compression.named(key), reason));
    }
  }

  /** Returns the method with other components. */
  public Logra with(ArtefactReference other) {
    return new Logra(rank, modules, Optional.of(other), 0, given);
  }

  @Override
  public CompressionError error(GradientLayout layout) {
    return components.isPresent()
        ? new CompressionError.Unknown(
            "the gradients were projected to principal components, and what they have in other directions is not in the vectors")
        : BlockErrors.of(layout, blocks(layout), true);
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    map.put(RANK, rank);
    if (components.isPresent()) {
      map.put(PROJECTION, PCA);
      components.get().write(ARTEFACT, DIGEST, map);
    }
    modules.write(map);
    if (components.isEmpty()) {
      map.put(SEED, seed);
    }
    DerivedDimension.write(given, map);
    return map;
  }

  @Override
  public int dimension() {
    return DerivedDimension.known(given, SOURCE);
  }

  @Override
  public GradientLayout select(GradientLayout layout) {
    return modules.select(layout);
  }

  @Override
  public Logra fit(GradientLayout layout) {
    layout.requireLinear(METHOD_NAME);
    long numbers = blocks(layout).stream().mapToLong(Block::numbers).sum();
    numbers = Math.multiplyExact(numbers, layout.checkpoints());
    if (numbers > DerivedDimension.MAX) {
      throw new IllegalArgumentException(
          "compression.rank %s makes vectors of %s numbers (layers: %s, checkpoints: %s), at most %s are possible: use a smaller rank, or select fewer modules or parameters"
              .formatted(
                  rank,
                  numbers,
                  layout.tensors().size(),
                  layout.checkpoints(),
                  DerivedDimension.MAX));
    }
    if (given != 0 && given != numbers) {
      throw new IllegalArgumentException(
          "compression.dimension of method [logra] must be %s with rank %s, got %s: leave it out"
              .formatted(numbers, rank, given));
    }
    return new Logra(rank, modules, components, seed, (int) numbers);
  }

  @Override
  public List<ModulePart> parts(GradientLayout layout) {
    return BlockParts.of(layout, blocks(layout));
  }

  /** Returns the part of each layer in the numbers of a checkpoint, one after the other. */
  public List<Block> blocks(GradientLayout layout) {
    return layout.tensors().stream()
        .map(tensor -> new Block(kept(tensor.shape().get(0)), kept(tensor.shape().get(1))))
        .toList();
  }

  @Override
  public List<VectorPart> layers(GradientLayout layout) {
    return VectorPart.of(layout, blocks(layout));
  }

  private int kept(long width) {
    return (int) Math.min(rank, width);
  }

  /** Returns the bytes of both projections of all layers: float32, min(k, width) · width each. */
  @Override
  public long residentBytes(GradientLayout layout) {
    return layout.tensors().stream()
        .flatMap(tensor -> tensor.shape().stream())
        .mapToLong(width -> kept(width) * width * Float.BYTES)
        .sum();
  }

  @Override
  public Optional<ArtefactReference> artefact() {
    return components;
  }

  /** An artefact that is named gets its digest, and the dimension follows. */
  @Override
  public boolean mayBecome(Compression fitted) {
    return fitted instanceof Logra other
        && ArtefactReference.mayBecome(components, other.components)
        && (given == 0 || given == other.given)
        && equals(new Logra(other.rank, other.modules, components, other.seed, given));
  }
}
