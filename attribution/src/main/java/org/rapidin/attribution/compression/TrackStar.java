package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * Gradients of linear layers, divided by the roots of an optimizer's second moments, projected on
 * both sides, multiplied with the inverse root of their autocorrelation, and of norm 1 together:
 * {@code {"method": "trackstar", "dimension": default 65536, "second_moment": "file" or default
 * "none", "autocorrelation": id or default "none", "unit_norm": default true, "seed": default 42}}.
 *
 * <p>Each checkpoint has ⌊K / checkpoints⌋ numbers, split by {@link EqualShares}; what is left over
 * at the end of a vector is 0.
 *
 * @param dimension K, from 1 to 2^20
 * @param secondMoment whether each number of a gradient is divided by the root of its second
 *     moment, which a file next to the weights holds
 * @param autocorrelation fitted to vectors of the same method with neither of the two; empty for
 *     none
 * @param unitNorm whether the vector of a text is divided by its norm, over all layers and
 *     checkpoints
 * @param seed decides every sign
 * @see <a href="https://arxiv.org/abs/2410.17413">TrackStar, section 3</a>
 */
public record TrackStar(
    int dimension,
    boolean secondMoment,
    Optional<ArtefactReference> autocorrelation,
    boolean unitNorm,
    long seed)
    implements Compression {
  static final String METHOD_NAME = "trackstar";
  private static final String DIMENSION = "dimension";
  private static final String SECOND_MOMENT = "second_moment";
  private static final String AUTOCORRELATION = "autocorrelation";
  private static final String DIGEST = "autocorrelation_digest";
  private static final String UNIT_NORM = "unit_norm";
  private static final String SEED = "seed";
  private static final String FILE = "file";
  private static final String NONE = "none";
  private static final int MAX_DIMENSION = 1 << 20;

  /** Of the products that are in memory at a time, unless one is larger. */
  private static final long PRODUCT_BYTES = 64L << 20;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the dimension is out of range
   */
  public TrackStar {
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "compression.dimension of method [trackstar] must be 1 to %s, got %s"
              .formatted(MAX_DIMENSION, dimension));
    }
  }

  static TrackStar read(SpecObject compression) {
    compression.requireKeys(
        METHOD, DIMENSION, SECOND_MOMENT, AUTOCORRELATION, DIGEST, UNIT_NORM, SEED);
    String autocorrelation = compression.string(AUTOCORRELATION, NONE);
    return new TrackStar(
        compression.smallInteger(DIMENSION, 65536),
        secondMoment(compression.string(SECOND_MOMENT, NONE)),
        autocorrelation.equals(NONE)
            ? Optional.empty()
            : Optional.of(new ArtefactReference(autocorrelation, compression.string(DIGEST, ""))),
        compression.flag(UNIT_NORM, true),
        compression.integer(SEED, 42));
  }

  /** The method without autocorrelation, with all options. */
  public TrackStar(int dimension, boolean secondMoment, boolean unitNorm, long seed) {
    this(dimension, secondMoment, Optional.empty(), unitNorm, seed);
  }

  /** Returns the method with another autocorrelation. */
  public TrackStar with(ArtefactReference other) {
    return new TrackStar(dimension, secondMoment, Optional.of(other), unitNorm, seed);
  }

  /** Returns the method whose vectors an autocorrelation is fitted to. */
  public TrackStar uncorrected() {
    return new TrackStar(dimension, secondMoment, Optional.empty(), false, seed);
  }

  private static boolean secondMoment(String value) {
    return switch (value) {
      case FILE -> true;
      case NONE -> false;
      default ->
          throw new IllegalArgumentException(
              "compression.second_moment must be [file], the optimizer's second moments next to the model's weights, or [none], got [%s]"
                  .formatted(value));
    };
  }

  @Override
  public CompressionError error(GradientLayout layout) {
    return autocorrelation.isPresent()
        ? new CompressionError.Unknown(
            "the vectors were multiplied with the inverse root of an autocorrelation that was fitted to compressed vectors, so there is no uncompressed influence to compare with")
        : BlockErrors.of(layout, blocks(layout), false);
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    map.put(DIMENSION, dimension);
    map.put(SECOND_MOMENT, secondMoment ? FILE : NONE);
    map.put(AUTOCORRELATION, NONE);
    autocorrelation.ifPresent(artefact -> artefact.write(AUTOCORRELATION, DIGEST, map));
    map.put(UNIT_NORM, unitNorm);
    map.put(SEED, seed);
    return map;
  }

  @Override
  public TrackStar fit(GradientLayout layout) {
    layout.requireLinear(METHOD_NAME);
    long blocks = Math.multiplyExact((long) layout.tensors().size(), layout.checkpoints());
    if (dimension < blocks || dimension > layout.length()) {
      throw new IllegalArgumentException(
          "compression.dimension of method [trackstar] must be %s to %s with the attributor's parameters, at least 1 number for each layer and checkpoint and at most those of the gradients, got %s"
              .formatted(blocks, Math.min(MAX_DIMENSION, layout.length()), dimension));
    }
    return this;
  }

  @Override
  public List<ModulePart> parts(GradientLayout layout) {
    return BlockParts.of(layout, blocks(layout));
  }

  /** Returns the part of each layer in the numbers of a checkpoint, one after the other. */
  public List<Block> blocks(GradientLayout layout) {
    return EqualShares.of(dimension / layout.checkpoints(), layout.tensors());
  }

  @Override
  public List<VectorPart> layers(GradientLayout layout) {
    return VectorPart.of(layout, blocks(layout));
  }

  @Override
  public Optional<ArtefactReference> artefact() {
    return autocorrelation;
  }

  /** An artefact that is named gets its digest. */
  @Override
  public boolean mayBecome(Compression fitted) {
    return fitted instanceof TrackStar other
        && ArtefactReference.mayBecome(autocorrelation, other.autocorrelation)
        && equals(
            new TrackStar(
                other.dimension, other.secondMoment, autocorrelation, other.unitNorm, other.seed));
  }

  @Override
  public boolean takesNormalization() {
    return false;
  }

  @Override
  public UnitNorm unitNormOfTexts() {
    return unitNorm ? UnitNorm.ALWAYS : UnitNorm.NEVER;
  }

  /**
   * Returns the bytes of both projections of all layers: float32, k·n each; n factors of a side
   * that is taken whole.
   */
  @Override
  public long residentBytes(GradientLayout layout) {
    List<Block> blocks = blocks(layout);
    long numbers = 0;
    for (int t = 0; t < blocks.size(); t++) {
      List<Long> shape = layout.tensors().get(t).shape();
      numbers += resident(blocks.get(t).outputs(), shape.get(0));
      numbers += resident(blocks.get(t).inputs(), shape.get(1));
    }
    return numbers * Float.BYTES;
  }

  private static long resident(int kept, long width) {
    return kept < width ? kept * width : width;
  }

  /**
   * Returns the bytes of the factors of a layer's gradient, and of what is projected on one side,
   * twice, because it is transposed: gradients that are scaled number by number are multiplied out.
   */
  @Override
  public long passBytes(GradientLayout layout) {
    if (!secondMoment) {
      return 0;
    }
    List<Block> blocks = blocks(layout);
    long most = 0;
    for (int t = 0; t < blocks.size(); t++) {
      Tensor tensor = layout.tensors().get(t);
      long bytes = tensor.size() * Float.BYTES;
      long ofInput = Math.max(PRODUCT_BYTES, bytes) / tensor.shape().get(1);
      most = Math.max(most, bytes + 2 * ofInput * blocks.get(t).inputs());
    }
    return most;
  }
}
