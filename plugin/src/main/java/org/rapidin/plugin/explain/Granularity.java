package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Locale;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/** What the influences of tokens are shown for. */
public enum Granularity {
  /** For each token, the default. */
  TOKEN,

  /** For each word: those of its tokens are added up. */
  WORD;

  /**
   * Reads a value.
   *
   * @param parser at the value
   * @throws IllegalArgumentException if it is neither {@code "token"} nor {@code "word"}
   */
  public static Granularity read(XContentParser parser) throws IOException {
    boolean text = parser.currentToken() == Token.VALUE_STRING;
    String key = text ? parser.text() : parser.currentToken().toString();
    for (Granularity granularity : values()) {
      if (granularity.key().equals(key)) {
        return granularity;
      }
    }
    throw new IllegalArgumentException(
        "[granularity] must be [token] or [word], got [%s]".formatted(key));
  }

  /** As in requests, and the name of its text in an answer. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name of a list of them in an answer. */
  public String plural() {
    return key() + "s";
  }
}
