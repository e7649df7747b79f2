package org.rapidin.demo.evaluation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.scorer.ElementType;

/** The methods that are compared. */
final class Methods {
  /** The seed of every compression, unless several are compared. */
  static final long SEED = 42;

  private static final String ADAPTER = "adapter";
  private static final String LINEAR = "linear";

  /** The number of a LoGra rank whose vectors are about as long as those of the others. */
  private static final int RANK = 16;

  private Methods() {}

  /** Returns all methods, as an index would store their vectors. */
  static List<VectorMethod> all() {
    return List.of(
        gradient("gradient, dot", false),
        gradient("gradient, cosine", true),
        exact(),
        rapidGrad(1 << 16, SEED),
        rapidGrad(1 << 12, SEED),
        logra(RANK, SEED),
        pca(RANK),
        trackStar(1 << 16, false, SEED),
        trackStar(1 << 16, true, SEED),
        lmHead(1 << 14, SEED),
        new HiddenStates());
  }

  /** Returns one method of each kind, with small vectors. */
  static List<VectorMethod> few() {
    return List.of(rapidGrad(1 << 12, SEED), trackStar(1 << 12, true, SEED), new HiddenStates());
  }

  /** The gradient of the adapter, uncompressed. */
  static AttributorMethod gradient(String name, boolean cosine) {
    return method(name, ADAPTER, Normalization.NONE, new Identity(0), cosine);
  }

  /** RapidIn without its compression: each tensor's gradient divided by its norm. */
  static AttributorMethod exact() {
    return method(
        "gradient, layers normalized", ADAPTER, Normalization.LAYER, new Identity(0), false);
  }

  static AttributorMethod rapidGrad(int dimension, long seed) {
    return method(
        "rapidgrad " + power(dimension),
        ADAPTER,
        Normalization.LAYER,
        new RapidGrad(dimension, seed),
        false);
  }

  static AttributorMethod logra(int rank, long seed) {
    return method(
        "logra, rank " + rank,
        LINEAR,
        Normalization.NONE,
        new Logra(rank, Modules.ALL, seed, 0),
        true);
  }

  /** Returns LoGra with principal components of some of the documents. */
  static AttributorMethod pca(int rank) {
    return method("logra, PCA, rank " + rank, LINEAR, Normalization.NONE, components(rank), true);
  }

  /** Returns LoGra with principal components, which {@link AttributorMethod#open} fits. */
  static Logra components(int rank) {
    ArtefactReference sample = new ArtefactReference("sample", "");
    return new Logra(rank, Modules.ALL, Optional.of(sample), 0, 0);
  }

  static AttributorMethod trackStar(int dimension, boolean secondMoment, long seed) {
    return method(
        "trackstar " + power(dimension) + (secondMoment ? ", second moments" : ""),
        LINEAR,
        Normalization.NONE,
        trackStar(dimension, secondMoment, true, seed),
        true);
  }

  /** Returns a compression as an attributor's JSON has it. */
  static Compression trackStar(int dimension, boolean secondMoment, boolean unitNorm, long seed) {
    Map<String, Object> options =
        Map.of(
            "method", "trackstar",
            "dimension", dimension,
            "second_moment", secondMoment ? "file" : "none",
            "unit_norm", unitNorm,
            "seed", seed);
    return Compression.read(Map.of("compression", options));
  }

  static AttributorMethod lmHead(int dimension, long seed) {
    return method(
        "lm_head " + power(dimension),
        ADAPTER,
        Normalization.LAYER,
        new LmHead(dimension, seed),
        true);
  }

  /** Returns gradients of the linear layers at one checkpoint, which fit into one vector. */
  static AttributorMethod linear(Compression compression, int epoch) {
    Checkpoint checkpoint = new Checkpoint(DemoAttributor.adapter(epoch), 1);
    AttributorSpec spec = spec(List.of(checkpoint), LINEAR, Normalization.NONE, compression);
    return new AttributorMethod(compression.method(), spec, true, ElementType.FLOAT32);
  }

  private static AttributorMethod method(
      String name,
      String parameters,
      Normalization normalization,
      Compression compression,
      boolean cosine) {
    List<Checkpoint> checkpoints = DemoAttributor.spec().checkpoints();
    AttributorSpec spec = spec(checkpoints, parameters, normalization, compression);
    return new AttributorMethod(name, spec, cosine, ElementType.FLOAT16);
  }

  private static AttributorSpec spec(
      List<Checkpoint> checkpoints,
      String parameters,
      Normalization normalization,
      Compression compression) {
    return new AttributorSpec(
        DemoAttributor.MODEL,
        checkpoints,
        List.of(parameters),
        DemoAttributor.TEMPLATE,
        SpecialTokens.AUTO,
        DemoAttributor.MAX_TOKENS,
        normalization,
        compression,
        Similarity.DOT_PRODUCT,
        1);
  }

  private static String power(int dimension) {
    return "2^" + Integer.numberOfTrailingZeros(dimension);
  }
}
