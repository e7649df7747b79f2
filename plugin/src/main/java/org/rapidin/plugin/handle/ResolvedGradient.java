package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * The gradient that shards rank by. It holds the texts of single tokens, not the text that it came
 * from.
 *
 * @param vector length K
 * @param attributor its id in the mapping
 * @param fingerprint of the attributor that made it
 * @param model that the attributor names; null where the attributor is no longer registered
 * @param tokens the generated tokens in order; empty for a vector of the user's own
 * @param others further vectors of the same length: the largest of all products counts
 * @param parts which numbers are those of which module; empty if the method mixes modules, or it is
 *     not known
 * @param preconditioner digest of the artefact that the gradient was multiplied with, or null
 * @param error of influences by the vectors
 * @param words what the tokens are parts of; empty if it is not known
 */
public record ResolvedGradient(
    QueryVector vector,
    String attributor,
    String fingerprint,
    String model,
    List<QueryToken> tokens,
    List<QueryVector> others,
    List<ModulePart> parts,
    String preconditioner,
    InfluenceError error,
    List<Word> words)
    implements Writeable {
  // Version 2 added the further vectors and the parts of modules; nodes that do not know them
  // refuse the query. Version 3 added the preconditioner, version 4 the error, version
  // 5 the words.
  private static final int VERSION = 5;

  private static final InfluenceError EARLIER_VERSION =
      InfluenceError.unknown(
          "the gradient came from a node of an earlier version, which does not send the error of influences: upgrade the RapidIn plugin of all nodes");

  public ResolvedGradient {
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(attributor, "attributor");
    Objects.requireNonNull(fingerprint, "fingerprint");
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
    others = List.copyOf(others);
    parts = List.copyOf(parts);
    Objects.requireNonNull(error, "error");
  }

  /** A gradient whose tokens are not joined to words. */
  public ResolvedGradient(
      QueryVector vector,
      String attributor,
      String fingerprint,
      String model,
      List<QueryToken> tokens,
      List<QueryVector> others,
      List<ModulePart> parts,
      String preconditioner,
      InfluenceError error) {
    this(
        vector,
        attributor,
        fingerprint,
        model,
        tokens,
        others,
        parts,
        preconditioner,
        error,
        List.of());
  }

  /** A gradient of one vector, whose error is not known. */
  public ResolvedGradient(
      QueryVector vector,
      String attributor,
      String fingerprint,
      String model,
      List<QueryToken> tokens) {
    this(
        vector,
        attributor,
        fingerprint,
        model,
        tokens,
        List.of(),
        List.of(),
        null,
        EARLIER_VERSION);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static ResolvedGradient read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new ResolvedGradient(
                new QueryVector(body),
                body.readString(),
                body.readString(),
                body.readOptionalString(),
                body.readList(QueryToken::new),
                version < 2 ? List.of() : body.readList(QueryVector::new),
                version < 2 ? List.of() : PartsWire.read(body),
                version < 3 ? null : body.readOptionalString(),
                version < 4 ? EARLIER_VERSION : ErrorWire.read(body),
                version < 5 ? List.of() : WordsWire.read(body)));
  }

  /**
   * Returns what a gradient source answered, without the vectors of tokens.
   *
   * @param attributor as in this record
   * @param model as in this record
   */
  public static ResolvedGradient of(QueryGradient gradient, String attributor, String model) {
    return new ResolvedGradient(
        new QueryVector(gradient.vector()),
        attributor,
        gradient.fingerprint(),
        model,
        gradient.tokens().stream()
            .map(token -> new QueryToken(token.text(), token.selected()))
            .toList(),
        List.of(),
        gradient.parts(),
        null,
        gradient.error(),
        gradient.words());
  }

  /** Returns the bytes of the vectors and of their error. */
  long bytes() {
    return (1L + others.size()) * vector.dimension() * Float.BYTES + error.compression().ownBytes();
  }

  /** All vectors, float32, length K; not to be changed. */
  public List<float[]> vectors() {
    return Stream.concat(Stream.of(vector), others.stream()).map(QueryVector::values).toList();
  }

  /** How many tokens the query is about. */
  public int selectedTokens() {
    return (int) tokens.stream().filter(QueryToken::selected).count();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          vector.writeTo(body);
          body.writeString(attributor);
          body.writeString(fingerprint);
          body.writeOptionalString(model);
          body.writeList(tokens);
          body.writeList(others);
          PartsWire.write(body, parts);
          body.writeOptionalString(preconditioner);
          ErrorWire.write(body, error);
          WordsWire.write(body, words);
        });
  }
}
