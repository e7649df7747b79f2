package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * What the influence of a document is divided by.
 *
 * @param kind of norms
 * @param artefact id of the one that measures documents, for {@link Kind#RELATIF}; else null
 */
record Normalize(Kind kind, String artefact) implements Writeable, ToXContentFragment {
  static final Normalize NONE = new Normalize(Kind.NONE, null);

  /** Norms of the query's vector q and of the document's vector d. */
  enum Kind {
    /** 1. */
    NONE,
    /** ‖q‖·‖d‖. */
    COSINE,
    /** √(dᵀ·(R + λI)⁻¹·d), the root of the document's self-influence, as in RelatIF. */
    RELATIF,
    /** ‖d‖. */
    L2;

    String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Normalize {
    Objects.requireNonNull(kind, "kind");
    if (kind == Kind.RELATIF && artefact == null) {
      throw new IllegalArgumentException(
          "[normalize] [relatif] measures documents with the inverse of a [preconditioner]: name one, or use [l2]");
    }
  }

  Normalize(StreamInput in) throws IOException {
    this(in.readEnum(Kind.class), in.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeEnum(kind);
    out.writeOptionalString(artefact);
  }

  /**
   * Reads the value of {@code normalize}.
   *
   * @param preconditioner of the query, or null
   * @throws IllegalArgumentException if there is no such kind, or it needs a preconditioner
   */
  static Normalize of(String value, String preconditioner) {
    for (Kind kind : Kind.values()) {
      if (kind.value().equals(value)) {
        return new Normalize(kind, kind == Kind.RELATIF ? preconditioner : null);
      }
    }
    throw new IllegalArgumentException(
        "[normalize] must be %s, got [%s]"
            .formatted(
                Arrays.stream(Kind.values()).map(Kind::value).collect(Collectors.joining(", ")),
                value));
  }

  boolean isNone() {
    return kind == Kind.NONE;
  }

  /** Whether each of several vectors of a query is divided by its norm before one is chosen. */
  boolean dividesEach(GenerationSet set) {
    return kind == Kind.COSINE && set.combine() == GenerationSet.Combine.MAX;
  }

  /**
   * Checks that a field's vectors have norms to divide by.
   *
   * @throws IllegalArgumentException if they were divided by them
   */
  void require(String field, PinnedAttributor pins) {
    if (!isNone() && pins.similarity() == Similarity.COSINE) {
      throw new IllegalArgumentException(
          "the vectors of field [%s] were divided by their norms when they were indexed, so influence is a cosine: leave [normalize] out"
              .formatted(field));
    }
  }

  /**
   * Checks that the nodes with documents can measure them.
   *
   * @throws IllegalArgumentException if they are measured with an artefact, which only the nodes of
   *     a search read
   */
  void requireSearch(IndicesRequest request) {
    if (kind == Kind.RELATIF && !(request instanceof SearchRequest)) {
      throw new IllegalArgumentException(
          "[normalize] [relatif] measures documents on the nodes of a search: use it in _search, with \"explain\": true in place of _explain");
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return isNone() ? builder : builder.field(InfluenceQueryParser.NORMALIZE, kind.value());
  }
}
