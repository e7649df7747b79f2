package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.spec.SpecObject;

/**
 * What is fitted. A background: {@code {"type": "background", "index": …, "field": …,
 * "sample_size": default 1000, "seed": default 42}}. A preconditioner: {@code {"type": "fisher",
 * "index": …, "field": …, "sample_size": default 1000, "damping": default 0.1, "seed": default 42,
 * "evaluation": optional {"index": …, "weight": default 0.5, or "components": …}}}. Principal
 * components: {@code {"type": "pca", "index": …, "attributor": …, "sample_size": default 1000,
 * "seed": default 42}}.
 *
 * @param type what is made of the vectors or texts
 * @param index names, aliases or patterns, separated by commas
 * @param field full name of a gradient field; empty for principal components
 * @param attributor whose gradients of texts are computed, for principal components; else empty
 * @param sampleSize documents that are drawn at most, 1 to 10,000: OpenSearch answers no more hits
 * @param damping λ over the mean eigenvalue of each layer's covariance, at least 0; LogIX has 0.1;
 *     used for a preconditioner alone
 * @param seed decides which documents are drawn
 * @param evaluation a second sample
 */
record ArtefactSpec(
    ArtefactType type,
    String index,
    String field,
    String attributor,
    int sampleSize,
    double damping,
    long seed,
    Optional<Evaluation> evaluation)
    implements Writeable {
  static final String QUERY = "query";
  static final String TYPE = "type";
  private static final String INDEX = "index";
  private static final String FIELD = "field";
  static final String ATTRIBUTOR = "attributor";
  private static final String SAMPLE_SIZE = "sample_size";
  private static final String DAMPING = "damping";
  private static final String SEED = "seed";
  static final String EVALUATION = "evaluation";
  static final String WEIGHT = "weight";
  static final String COMPONENTS = "components";
  private static final double DEFAULT_DAMPING = 0.1;
  private static final int MAX_SAMPLE = 10_000;

  /**
   * Vectors of texts like those that will be asked about: R = weight·R_evaluation + (1 −
   * weight)·R_train, as in TrackStar.
   *
   * @param index names, aliases or patterns, separated by commas
   * @param weight λ, more than 0 and less than 1; 0 until the eigenvalues have decided it
   * @param components how many eigenvalues decide the weight: see {@link
   *     org.rapidin.attribution.fitted.EvaluationWeight}; 0 if it was given
   */
  record Evaluation(String index, double weight, int components) implements Writeable {
    Evaluation {
      if (components < 0) {
        throw new IllegalArgumentException(
            "evaluation.components must be at least 1, got %s".formatted(components));
      }
      boolean undecided = components > 0 && weight == 0;
      if (!undecided && (!(weight > 0) || !(weight < 1))) {
        throw new IllegalArgumentException(
            "evaluation.weight must be more than 0 and less than 1, got %s".formatted(weight));
      }
    }

    Evaluation(StreamInput in, int version) throws IOException {
      this(in.readString(), in.readDouble(), version < 2 ? 0 : in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(index);
      out.writeDouble(weight);
      out.writeVInt(components);
    }

    boolean hasRule() {
      return components > 0;
    }

    Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put(INDEX, index);
      if (weight > 0) {
        map.put(WEIGHT, weight);
      }
      if (hasRule()) {
        map.put(COMPONENTS, components);
      }
      return map;
    }
  }

  ArtefactSpec {
    Objects.requireNonNull(type, TYPE);
    Objects.requireNonNull(index, INDEX);
    Objects.requireNonNull(field, FIELD);
    Objects.requireNonNull(attributor, ATTRIBUTOR);
    if (sampleSize < 1 || sampleSize > MAX_SAMPLE) {
      throw new IllegalArgumentException(
          "sample_size must be 1 to %s, got %s".formatted(MAX_SAMPLE, sampleSize));
    }
    if (type == ArtefactType.BACKGROUND && sampleSize < ArtefactType.LEAST_BACKGROUND) {
      throw new IllegalArgumentException(
          "sample_size of a background must be at least %s, got %s"
              .formatted(ArtefactType.LEAST_BACKGROUND, sampleSize));
    }
    if (!(damping >= 0) || Double.isInfinite(damping)) {
      throw new IllegalArgumentException("damping must be at least 0, got %s".formatted(damping));
    }
  }

  /**
   * Reads what {@link #writeTo} wrote.
   *
   * @param version of the writer: the first had no types and no components, the second no
   *     attributor
   */
  static ArtefactSpec read(int version, StreamInput in) throws IOException {
    ArtefactSpec fisher = new ArtefactSpec(in, version);
    if (version < 2) {
      return fisher;
    }
    ArtefactType type = in.readEnum(ArtefactType.class);
    return fisher.with(type, version < 3 ? "" : in.readString());
  }

  private ArtefactSpec(StreamInput in, int version) throws IOException {
    this(
        ArtefactType.FISHER,
        in.readString(),
        in.readString(),
        "",
        in.readVInt(),
        in.readDouble(),
        in.readLong(),
        Optional.ofNullable(in.readOptionalWriteable(each -> new Evaluation(each, version))));
  }

  /**
   * Reads the body of a request, or what {@link #toMap} wrote.
   *
   * @throws IllegalArgumentException if a key is unknown or missing, or a value is not possible
   */
  static ArtefactSpec fromMap(Map<String, ?> map) {
    SpecObject body = new SpecObject("", map);
    ArtefactType type = ArtefactType.of(body.string(TYPE));
    List<String> keys = keys(type);
    for (String key : map.keySet()) {
      if (!keys.contains(key)) {
        throw new IllegalArgumentException(
            "an artefact of type [%s] has no [%s], allowed are %s"
                .formatted(type.key(), key, keys));
      }
    }
    boolean ofTexts = type == ArtefactType.PCA;
    return new ArtefactSpec(
        type,
        body.string(INDEX),
        ofTexts ? "" : body.string(FIELD),
        ofTexts ? body.string(ATTRIBUTOR) : "",
        body.smallInteger(SAMPLE_SIZE, 1_000),
        body.number(DAMPING, DEFAULT_DAMPING),
        body.integer(SEED, 42),
        body.has(EVALUATION)
            ? Optional.of(evaluation(body.object(EVALUATION, INDEX, QUERY, WEIGHT, COMPONENTS)))
            : Optional.empty());
  }

  private static List<String> keys(ArtefactType type) {
    return switch (type) {
      case FISHER -> List.of(TYPE, INDEX, FIELD, QUERY, SAMPLE_SIZE, DAMPING, SEED, EVALUATION);
      case BACKGROUND -> List.of(TYPE, INDEX, FIELD, QUERY, SAMPLE_SIZE, SEED);
      case PCA -> List.of(TYPE, INDEX, ATTRIBUTOR, QUERY, SAMPLE_SIZE, SEED);
    };
  }

  private static Evaluation evaluation(SpecObject body) {
    boolean rule = body.has(COMPONENTS);
    return new Evaluation(
        body.string(INDEX),
        body.number(WEIGHT, rule ? 0 : 0.5),
        rule ? positive(body.smallInteger(COMPONENTS, 0)) : 0);
  }

  private static int positive(int components) {
    return components == 0 ? -1 : components;
  }

  /** Returns this with the weight that the eigenvalues gave. */
  ArtefactSpec withWeight(double weight) {
    return new ArtefactSpec(
        type,
        index,
        field,
        attributor,
        sampleSize,
        damping,
        seed,
        evaluation.map(second -> new Evaluation(second.index(), weight, second.components())));
  }

  private ArtefactSpec with(ArtefactType other, String whose) {
    return new ArtefactSpec(other, index, field, whose, sampleSize, damping, seed, evaluation);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(TYPE, type.key());
    map.put(INDEX, index);
    if (type == ArtefactType.PCA) {
      map.put(ATTRIBUTOR, attributor);
    } else {
      map.put(FIELD, field);
    }
    map.put(SAMPLE_SIZE, sampleSize);
    if (type == ArtefactType.FISHER) {
      map.put(DAMPING, damping);
    }
    map.put(SEED, seed);
    if (evaluation.isPresent()) {
      map.put(EVALUATION, evaluation.get().toMap());
    }
    return map;
  }

  /** The last thing of a body, because what a version adds to it is appended. */
  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(field);
    out.writeVInt(sampleSize);
    out.writeDouble(damping);
    out.writeLong(seed);
    out.writeOptionalWriteable(evaluation.orElse(null));
    out.writeEnum(type);
    out.writeString(attributor);
  }
}
