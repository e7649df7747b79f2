package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * Several generations that are asked about at once, and generations whose directions are left out
 * of the gradient.
 *
 * @param generations at least one
 * @param combine what becomes of their gradients
 * @param nuisance may be empty
 * @param modules through which influences count, names in which {@code *} stands for any text;
 *     empty for all
 * @see CombinedGradient
 */
record GenerationSet(
    List<Weighted> generations, Combine combine, List<Generation> nuisance, List<String> modules)
    implements InfluenceSubject {
  /** Each is a gradient that the model computes, and a vector in memory. */
  static final int MAX = 64;

  GenerationSet {
    generations = List.copyOf(generations);
    nuisance = List.copyOf(nuisance);
    modules = List.copyOf(modules);
    Objects.requireNonNull(combine, "combine");
    if (generations.isEmpty()) {
      throw new IllegalArgumentException("[generations] is empty: give at least one");
    }
    int count = generations.size() + nuisance.size();
    if (count > MAX) {
      throw new IllegalArgumentException(
          "[generations] and [nuisance] take at most %s texts together, got %s"
              .formatted(MAX, count));
    }
  }

  GenerationSet(List<Weighted> generations, Combine combine, List<Generation> nuisance) {
    this(generations, combine, nuisance, List.of());
  }

  /** What becomes of several gradients. */
  enum Combine {
    /** Σ weight·gradient / Σ |weight|, which has the order of the sum whatever the signs. */
    MEAN,
    /** Σ weight·gradient. */
    SUM,
    /** Not into one: the largest of the products with weight·gradient counts. */
    MAX;

    String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A generation and its weight.
   *
   * @param weight finite, not 0; a negative one asks for documents that speak against the
   *     generation
   */
  record Weighted(Generation generation, float weight) implements Writeable {
    Weighted {
      Objects.requireNonNull(generation, "generation");
      if (weight == 0) {
        throw new IllegalArgumentException(
            "[weight] is 0: leave the entry of [generations] out, or give it another weight");
      }
    }

    Weighted(StreamInput in) throws IOException {
      this(new Generation(in), in.readFloat());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      generation.writeTo(out);
      out.writeFloat(weight);
    }
  }

  GenerationSet(StreamInput in, boolean hasModules) throws IOException {
    this(
        in.readList(Weighted::new),
        in.readEnum(Combine.class),
        in.readList(Generation::new),
        hasModules ? in.readStringList() : List.of());
  }

  /** What a generation's gradient is multiplied with. */
  double factor(Weighted weighted) {
    return switch (combine) {
      case SUM, MAX -> weighted.weight();
      case MEAN ->
          weighted.weight()
              / generations.stream().mapToDouble(each -> Math.abs(each.weight())).sum();
    };
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeList(generations);
    out.writeEnum(combine);
    out.writeList(nuisance);
    if (!modules.isEmpty()) {
      out.writeStringCollection(modules);
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startArray(InfluenceQueryParser.GENERATIONS);
    for (Weighted weighted : generations) {
      builder.startObject();
      weighted.generation().toXContent(builder, params);
      builder.field(GenerationParser.WEIGHT, weighted.weight()).endObject();
    }
    builder.endArray().field(InfluenceQueryParser.COMBINE, combine.value());
    if (!nuisance.isEmpty()) {
      builder.startArray(InfluenceQueryParser.NUISANCE);
      for (Generation generation : nuisance) {
        generation.toXContent(builder.startObject(), params).endObject();
      }
      builder.endArray();
    }
    if (!modules.isEmpty()) {
      builder.field(InfluenceQueryParser.MODULES, modules);
    }
    return builder;
  }

  /** Shows no text, because queries are logged. */
  @Override
  public String toString() {
    return "a set of generations (%s, nuisance: %s)".formatted(generations.size(), nuisance.size());
  }
}
