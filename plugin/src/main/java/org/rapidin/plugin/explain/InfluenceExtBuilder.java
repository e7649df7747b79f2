package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.wire.VersionedBody;

/** The section {@code "ext": {"influence": {"tokens": true}}} of a search. */
public final class InfluenceExtBuilder extends SearchExtBuilder {
  /** Name of the section. */
  public static final String NAME = "influence";

  private static final String TOKENS = "tokens";
  private static final int VERSION = 1;

  private final boolean tokens;

  /**
   * Asks for more about each hit.
   *
   * @param tokens whether the influence on each generated token is wanted
   */
  public InfluenceExtBuilder(boolean tokens) {
    this.tokens = tokens;
  }

  /** Reads what {@link #writeTo} wrote. */
  public InfluenceExtBuilder(StreamInput in) throws IOException {
    this((boolean) VersionedBody.<Boolean>read(in, (version, body) -> body.readBoolean()));
  }

  /**
   * Reads the section's object.
   *
   * @throws ParsingException if a key is unknown; names it
   */
  public static InfluenceExtBuilder fromXContent(XContentParser parser) throws IOException {
    boolean tokens = false;
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new ParsingException(parser.getTokenLocation(), "[ext.influence] takes an object");
    }
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (!TOKENS.equals(key)) {
        throw new ParsingException(
            parser.getTokenLocation(),
            "[ext.influence] does not know [%s]; it takes tokens".formatted(key));
      }
      if (parser.currentToken() != Token.VALUE_BOOLEAN) {
        throw new ParsingException(
            parser.getTokenLocation(),
            "[ext.influence.tokens] takes true or false, got %s".formatted(parser.currentToken()));
      }
      tokens = parser.booleanValue();
    }
    return new InfluenceExtBuilder(tokens);
  }

  /** Whether a search asks for the influence on each generated token. */
  public static boolean wantsTokens(SearchSourceBuilder source) {
    return source.ext().stream().anyMatch(InfluenceExtBuilder::wantsTokens);
  }

  /** Whether a section of a search, possibly null, is this one and asks for them. */
  static boolean wantsTokens(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence && influence.tokens;
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeBoolean(tokens));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.startObject(NAME).field(TOKENS, tokens).endObject();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InfluenceExtBuilder that && tokens == that.tokens;
  }

  @Override
  public int hashCode() {
    return Objects.hash(InfluenceExtBuilder.class, tokens);
  }
}
