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

/**
 * The section {@code "ext": {"influence": {"tokens": true, "training_tokens": 3, "modules": true}}}
 * of a search.
 */
public final class InfluenceExtBuilder extends SearchExtBuilder {
  /** Name of the section. */
  public static final String NAME = "influence";

  /** Each takes about as long as the gradients of its tokens. */
  static final int MAX_HITS = 10;

  private static final String TOKENS = "tokens";
  private static final String TRAINING_TOKENS = "training_tokens";
  private static final String MODULES = "modules";
  // Version 2 added the training tokens and the modules.
  private static final int VERSION = 2;

  private final boolean tokens;
  private final int trainingTokens;
  private final boolean modules;

  /**
   * Asks for more about each hit.
   *
   * @param tokens whether the influence on each generated token is wanted
   * @param trainingTokens of how many of the first hits the influence of each training token is
   *     wanted, 0 to 10
   * @param modules whether the influence through each module is wanted
   */
  public InfluenceExtBuilder(boolean tokens, int trainingTokens, boolean modules) {
    if (trainingTokens < 0 || trainingTokens > MAX_HITS) {
      throw new IllegalArgumentException(
          "[ext.influence.training_tokens] takes a number of hits from 0 to %s, got %s"
              .formatted(MAX_HITS, trainingTokens));
    }
    this.tokens = tokens;
    this.trainingTokens = trainingTokens;
    this.modules = modules;
  }

  /** Reads what {@link #writeTo} wrote. */
  public static InfluenceExtBuilder read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new InfluenceExtBuilder(
                body.readBoolean(),
                version < 2 ? 0 : body.readVInt(),
                version >= 2 && body.readBoolean()));
  }

  /**
   * Reads the section's object.
   *
   * @throws ParsingException if a key is unknown; names it
   */
  public static InfluenceExtBuilder fromXContent(XContentParser parser) throws IOException {
    boolean tokens = false;
    int trainingTokens = 0;
    boolean modules = false;
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new ParsingException(parser.getTokenLocation(), "[ext.influence] takes an object");
    }
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case TOKENS -> {
          require(parser, Token.VALUE_BOOLEAN, key, "true or false");
          tokens = parser.booleanValue();
        }
        case TRAINING_TOKENS -> {
          require(parser, Token.VALUE_NUMBER, key, "a number of hits");
          trainingTokens = parser.intValue();
        }
        case MODULES -> {
          require(parser, Token.VALUE_BOOLEAN, key, "true or false");
          modules = parser.booleanValue();
        }
        default ->
            throw new ParsingException(
                parser.getTokenLocation(),
                "[ext.influence] does not know [%s]; it takes tokens, training_tokens and modules"
                    .formatted(key));
      }
    }
    return new InfluenceExtBuilder(tokens, trainingTokens, modules);
  }

  private static void require(XContentParser parser, Token wanted, String key, String words) {
    if (parser.currentToken() != wanted) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "[ext.influence.%s] takes %s, got %s".formatted(key, words, parser.currentToken()));
    }
  }

  /** Whether a search asks for the influence on each generated token. */
  public static boolean wantsTokens(SearchSourceBuilder source) {
    return source.ext().stream().anyMatch(InfluenceExtBuilder::wantsTokens);
  }

  /** Whether a section of a search, possibly null, is this one and asks for them. */
  static boolean wantsTokens(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence && influence.tokens;
  }

  /**
   * Of how many first hits a search asks for the influence of each training token.
   *
   * @param source a search, or null
   */
  static int trainingTokens(SearchSourceBuilder source) {
    return source == null
        ? 0
        : source.ext().stream().mapToInt(InfluenceExtBuilder::trainingTokens).max().orElse(0);
  }

  /** The same of a section of a search, possibly null. */
  static int trainingTokens(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence ? influence.trainingTokens : 0;
  }

  /** Whether a section of a search, possibly null, asks for the influence through each module. */
  static boolean wantsModules(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence && influence.modules;
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeBoolean(tokens);
          body.writeVInt(trainingTokens);
          body.writeBoolean(modules);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).field(TOKENS, tokens);
    if (trainingTokens > 0) {
      builder.field(TRAINING_TOKENS, trainingTokens);
    }
    if (modules) {
      builder.field(MODULES, true);
    }
    return builder.endObject();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InfluenceExtBuilder that
        && tokens == that.tokens
        && trainingTokens == that.trainingTokens
        && modules == that.modules;
  }

  @Override
  public int hashCode() {
    return Objects.hash(InfluenceExtBuilder.class, tokens, trainingTokens, modules);
  }
}
