package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The parameter {@code index_options} of a field: {@code {"candidates": "sign_bits", "bits": B}},
 * or {@code "hnsw"} in place of {@code "sign_bits"}.
 *
 * @param graph whether large segments have a graph over their codes
 * @param bits B, sign bits of a document's code; 0 for as many as the field's dimension
 */
record CandidateOptions(boolean graph, int bits) implements ToXContentObject {
  static final String NAME = "index_options";
  private static final String CANDIDATES = "candidates";
  private static final String SIGN_BITS = "sign_bits";
  private static final String HNSW = "hnsw";
  private static final String BITS = "bits";
  private static final int MIN_BITS = 256;

  /**
   * Reads the parameter.
   *
   * @param field full name, for messages
   * @param value of the parameter
   * @return null if the value is null
   * @throws IllegalArgumentException if it is something else; says what the parameter takes
   */
  static CandidateOptions parse(String field, Object value) {
    if (value == null) {
      return null;
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw refused(field, "must be an object such as {\"candidates\": \"sign_bits\"}", value);
    }
    Map<Object, Object> rest = new HashMap<>(map);
    Object candidates = rest.remove(CANDIDATES);
    if (!SIGN_BITS.equals(candidates) && !HNSW.equals(candidates)) {
      throw refused(field, "takes [candidates] with the value sign_bits or hnsw", candidates);
    }
    Object bits = rest.remove(BITS);
    if (!rest.isEmpty()) {
      throw refused(field, "takes candidates and bits", rest.keySet());
    }
    return new CandidateOptions(HNSW.equals(candidates), bits == null ? 0 : bits(field, bits));
  }

  private static int bits(String field, Object value) {
    int bits;
    try {
      bits = Integer.parseInt(value.toString());
    } catch (NumberFormatException _) {
      bits = 0;
    }
    if (bits < MIN_BITS || Integer.bitCount(bits) != 1) {
      throw refused(field, "takes [bits] that are a power of two of at least 256", value);
    }
    return bits;
  }

  private static IllegalArgumentException refused(String field, String takes, Object got) {
    return new IllegalArgumentException(
        "%s of field [%s] %s, got [%s]".formatted(NAME, field, takes, got));
  }

  /**
   * Returns B.
   *
   * @param dimension of the field
   * @throws IllegalArgumentException if it is less than the given bits, or has no codes
   */
  int bits(String field, int dimension) {
    if (dimension < MIN_BITS || Integer.bitCount(dimension) != 1) {
      throw refused(
          field,
          "takes [candidates] where the attributor's dimension is a power of two of at least 256,"
              + " as that of the method rapidgrad is",
          "dimension " + dimension);
    }
    if (bits > dimension) {
      throw refused(field, "takes at most as many [bits] as the dimension, " + dimension, bits);
    }
    return bits == 0 ? dimension : bits;
  }

  /**
   * Returns the equal options in their shortest form: those that are written out may be defaults.
   */
  CandidateOptions shortest(int dimension) {
    return bits == dimension ? new CandidateOptions(graph, 0) : this;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject().field(CANDIDATES, graph ? HNSW : SIGN_BITS);
    if (bits != 0) {
      builder.field(BITS, bits);
    }
    return builder.endObject();
  }
}
