package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.QueryGradient;

/**
 * The gradient that shards rank by. The text it came from stays on the coordinating node.
 *
 * @param vector length K
 * @param attributor id by which the mapping knows it
 * @param fingerprint of the attributor that made it
 * @param model that the attributor names; null where the attributor is no longer registered
 * @param tokens one per generated token; empty unless asked for
 */
public record ResolvedGradient(
    QueryVector vector,
    String attributor,
    String fingerprint,
    String model,
    List<TokenGradient> tokens)
    implements InfluenceSubject {
  public ResolvedGradient {
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(attributor, "attributor");
    Objects.requireNonNull(fingerprint, "fingerprint");
    tokens = List.copyOf(tokens);
  }

  ResolvedGradient(StreamInput in) throws IOException {
    this(
        new QueryVector(in),
        in.readString(),
        in.readString(),
        in.readOptionalString(),
        in.readList(TokenGradient::new));
  }

  /**
   * What a gradient source answered.
   *
   * @param model as in this record
   * @param perToken whether token vectors are carried along
   */
  static ResolvedGradient of(
      QueryGradient gradient, String attributor, String model, boolean perToken) {
    List<TokenGradient> tokens =
        perToken ? gradient.tokens().stream().map(ResolvedGradient::token).toList() : List.of();
    return new ResolvedGradient(
        new QueryVector(gradient.vector()), attributor, gradient.fingerprint(), model, tokens);
  }

  private static TokenGradient token(QueryGradient.Token token) {
    return new TokenGradient(
        token.text(), token.vector() == null ? null : new QueryVector(token.vector()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    vector.writeTo(out);
    out.writeString(attributor);
    out.writeString(fingerprint);
    out.writeOptionalString(model);
    out.writeList(tokens);
  }
}
