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
 * What is fitted: {@code {"type": "fisher", "index": …, "field": …, "sample_size": default 1000,
 * "damping": default 0.1, "seed": default 42, "evaluation": optional {"index": …, "weight": default
 * 0.5, or "components": …}}}.
 *
 * @param index names, aliases or patterns, separated by commas
 * @param field full name of a gradient field
 * @param sampleSize documents that are drawn at most, 1 to 10,000: OpenSearch answers no more hits
 * @param damping λ over the mean eigenvalue of each layer's covariance, at least 0; LogIX has 0.1
 * @param seed decides which documents are drawn
 * @param evaluation a second sample
 */
record ArtefactSpec(
    String index,
    String field,
    int sampleSize,
    double damping,
    long seed,
    Optional<Evaluation> evaluation)
    implements Writeable {
  static final String QUERY = "query";
  private static final String TYPE = "type";
  private static final String FISHER = "fisher";
  private static final String INDEX = "index";
  private static final String FIELD = "field";
  private static final String SAMPLE_SIZE = "sample_size";
  private static final String DAMPING = "damping";
  private static final String SEED = "seed";
  static final String EVALUATION = "evaluation";
  static final String WEIGHT = "weight";
  static final String COMPONENTS = "components";
  private static final List<String> KEYS =
      List.of(TYPE, INDEX, FIELD, QUERY, SAMPLE_SIZE, DAMPING, SEED, EVALUATION);
  private static final int MAX_SAMPLE = 10_000;

  /**
   * Vectors of texts like those that will be asked about: R = weight·R_evaluation + (1 −
   * weight)·R_train, as in TrackStar.
   *
   * @param index names, aliases or patterns, separated by commas
   * @param weight λ, more than 0 and less than 1
   * @param components how many eigenvalues decide the weight: see {@link
   *     org.rapidin.attribution.fitted.EvaluationWeight}; 0 if it was given
   */
  record Evaluation(String index, double weight, int components) implements Writeable {
    Evaluation {
      if (components < 0) {
        throw new IllegalArgumentException(
            "evaluation.components must be at least 1, got %s".formatted(components));
      }
      if (!(weight > 0) || !(weight < 1)) {
        throw new IllegalArgumentException(
            "evaluation.weight must be more than 0 and less than 1, got %s".formatted(weight));
      }
    }

    Evaluation(StreamInput in) throws IOException {
      this(in.readString(), in.readDouble(), in.readVInt());
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
      map.put(WEIGHT, weight);
      if (hasRule()) {
        map.put(COMPONENTS, components);
      }
      return map;
    }
  }

  ArtefactSpec {
    Objects.requireNonNull(index, INDEX);
    Objects.requireNonNull(field, FIELD);
    if (sampleSize < 1 || sampleSize > MAX_SAMPLE) {
      throw new IllegalArgumentException(
          "sample_size must be 1 to %s, got %s".formatted(MAX_SAMPLE, sampleSize));
    }
    if (!(damping >= 0) || Double.isInfinite(damping)) {
      throw new IllegalArgumentException("damping must be at least 0, got %s".formatted(damping));
    }
  }

  ArtefactSpec(StreamInput in) throws IOException {
    this(
        in.readString(),
        in.readString(),
        in.readVInt(),
        in.readDouble(),
        in.readLong(),
        Optional.ofNullable(in.readOptionalWriteable(Evaluation::new)));
  }

  /**
   * Reads the body of a request, or what {@link #toMap} wrote.
   *
   * @throws IllegalArgumentException if a key is unknown or missing, or a value is not possible
   */
  static ArtefactSpec fromMap(Map<String, ?> map) {
    for (String key : map.keySet()) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "an artefact has no [%s], allowed are %s".formatted(key, KEYS));
      }
    }
    SpecObject body = new SpecObject("", map);
    String type = body.string(TYPE);
    if (!type.equals(FISHER)) {
      throw new IllegalArgumentException("type must be [fisher], got [%s]".formatted(type));
    }
    return new ArtefactSpec(
        body.string(INDEX),
        body.string(FIELD),
        body.smallInteger(SAMPLE_SIZE, 1_000),
        body.number(DAMPING, 0.1),
        body.integer(SEED, 42),
        body.has(EVALUATION)
            ? Optional.of(evaluation(body.object(EVALUATION, INDEX, QUERY, WEIGHT, COMPONENTS)))
            : Optional.empty());
  }

  private static Evaluation evaluation(SpecObject body) {
    return new Evaluation(
        body.string(INDEX),
        body.number(WEIGHT, 0.5),
        body.has(COMPONENTS) ? positive(body.smallInteger(COMPONENTS, 0)) : 0);
  }

  private static int positive(int components) {
    return components == 0 ? -1 : components;
  }

  /** Returns this with the weight that the eigenvalues gave. */
  ArtefactSpec withWeight(double weight) {
    return new ArtefactSpec(
        index,
        field,
        sampleSize,
        damping,
        seed,
        evaluation.map(second -> new Evaluation(second.index(), weight, second.components())));
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(TYPE, FISHER);
    map.put(INDEX, index);
    map.put(FIELD, field);
    map.put(SAMPLE_SIZE, sampleSize);
    map.put(DAMPING, damping);
    map.put(SEED, seed);
    if (evaluation.isPresent()) {
      map.put(EVALUATION, evaluation.get().toMap());
    }
    return map;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(field);
    out.writeVInt(sampleSize);
    out.writeDouble(damping);
    out.writeLong(seed);
    out.writeOptionalWriteable(evaluation.orElse(null));
  }
}
