package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.plugin.lucene.HitRow;

/**
 * The gradients of single tokens.
 *
 * @param vectors float32, length K, one per selected token in order; must not be changed
 */
public record TokenVectors(List<float[]> vectors) implements Writeable {
  public TokenVectors {
    vectors = List.copyOf(vectors);
  }

  TokenVectors(StreamInput in) throws IOException {
    this(in.readList(input -> new QueryVector(input).values()));
  }

  /** Returns the vectors that a gradient source computed per token. */
  public static TokenVectors of(QueryGradient gradient) {
    return new TokenVectors(
        gradient.tokens().stream()
            .map(QueryGradient.Token::vector)
            .filter(Objects::nonNull)
            .toList());
  }

  /** Bytes of all vectors. */
  long bytes() {
    return vectors.stream().mapToLong(vector -> (long) vector.length * Float.BYTES).sum();
  }

  /**
   * Computes the influence of documents on each token.
   *
   * @param rows of one dimension and element type
   * @return one array per row, with one raw signed value per token
   */
  public double[][] influences(List<HitRow> rows) {
    return HitRow.products(rows, vectors);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeCollection(vectors, (o, vector) -> new QueryVector(vector).writeTo(o));
  }
}
