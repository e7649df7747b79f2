package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.query.WantedParts;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * The section {@code "ext": {"influence": {"tokens": true, "training_tokens": 3, "modules": true,
 * "calibration": {"background": "id"}}}} of a search.
 */
public final class InfluenceExtBuilder extends SearchExtBuilder {
  /** Name of the section. */
  public static final String NAME = "influence";

  /** What a search asks for here. */
  public static final WantedParts WANTED =
      new WantedParts() {
        @Override
        public boolean tokens(SearchSourceBuilder source) {
          return wantsTokens(source);
        }

        @Override
        public boolean calibration(SearchSourceBuilder source) {
          return InfluenceExtBuilder.calibration(source).isPresent();
        }
      };

  /** Each takes about as long as the gradients of its tokens. */
  static final int MAX_HITS = 10;

  private static final String TOKENS = "tokens";
  private static final String TRAINING_TOKENS = "training_tokens";
  private static final String MODULES = "modules";
  private static final String CALIBRATION = "calibration";
  private static final String BACKGROUND = "background";
  // Version 2 added the training tokens and the modules, version 3 the calibration.
  private static final int VERSION = 3;

  private final boolean tokens;
  private final int trainingTokens;
  private final boolean modules;
  private final Optional<Calibration> calibration;

  /**
   * What is asked about the errors of influences.
   *
   * @param background id of the artefact with which influences are compared, or null
   */
  public record Calibration(String background) implements Writeable {
    Calibration(StreamInput in) throws IOException {
      this(in.readOptionalString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeOptionalString(background);
    }
  }

  /** Asks for more about each hit, without the calibration. */
  public InfluenceExtBuilder(boolean tokens, int trainingTokens, boolean modules) {
    this(tokens, trainingTokens, modules, Optional.empty());
  }

  /**
   * Asks for more about each hit.
   *
   * @param tokens whether the influence on each generated token is wanted
   * @param trainingTokens of how many of the first hits the influence of each training token is
   *     wanted, 0 to 10
   * @param modules whether the influence through each module is wanted
   * @param calibration whether the errors of influences are wanted
   */
  public InfluenceExtBuilder(
      boolean tokens, int trainingTokens, boolean modules, Optional<Calibration> calibration) {
    if (trainingTokens < 0 || trainingTokens > MAX_HITS) {
      throw new IllegalArgumentException(
          "[ext.influence.training_tokens] takes a number of hits from 0 to %s, got %s"
              .formatted(MAX_HITS, trainingTokens));
    }
    this.tokens = tokens;
    this.trainingTokens = trainingTokens;
    this.modules = modules;
    this.calibration = calibration;
  }

  /** Reads what {@link #writeTo} wrote. */
  public static InfluenceExtBuilder read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new InfluenceExtBuilder(
                body.readBoolean(),
                version < 2 ? 0 : body.readVInt(),
                version >= 2 && body.readBoolean(),
                version < 3
                    ? Optional.empty()
                    : Optional.ofNullable(body.readOptionalWriteable(Calibration::new))));
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
    Optional<Calibration> calibration = Optional.empty();
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
        case CALIBRATION -> calibration = calibration(parser);
        default ->
            throw new ParsingException(
                parser.getTokenLocation(),
                "[ext.influence] does not know [%s]; it takes tokens, training_tokens, modules and calibration"
                    .formatted(key));
      }
    }
    return new InfluenceExtBuilder(tokens, trainingTokens, modules, calibration);
  }

  /** True, false, or an object that names the background. */
  private static Optional<Calibration> calibration(XContentParser parser) throws IOException {
    if (parser.currentToken() == Token.VALUE_BOOLEAN) {
      return parser.booleanValue() ? Optional.of(new Calibration((String) null)) : Optional.empty();
    }
    require(parser, Token.START_OBJECT, CALIBRATION, "true, false or an object");
    String background = null;
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (!key.equals(BACKGROUND)) {
        throw new ParsingException(
            parser.getTokenLocation(),
            "[ext.influence.calibration] does not know [%s]; it takes background".formatted(key));
      }
      require(parser, Token.VALUE_STRING, CALIBRATION + "." + BACKGROUND, "the id of an artefact");
      background = parser.text();
    }
    return Optional.of(new Calibration(background));
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

  /**
   * Returns what a search asks about the errors of influences; empty if nothing.
   *
   * @param source a search, or null
   */
  static Optional<Calibration> calibration(SearchSourceBuilder source) {
    return source == null
        ? Optional.empty()
        : source.ext().stream().flatMap(section -> calibration(section).stream()).findFirst();
  }

  /** The same of a section of a search, possibly null. */
  static Optional<Calibration> calibration(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence
        ? influence.calibration
        : Optional.empty();
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
          body.writeOptionalWriteable(calibration.orElse(null));
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
    if (calibration.isPresent()) {
      builder.startObject(CALIBRATION);
      if (calibration.get().background() != null) {
        builder.field(BACKGROUND, calibration.get().background());
      }
      builder.endObject();
    }
    return builder.endObject();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InfluenceExtBuilder that
        && tokens == that.tokens
        && trainingTokens == that.trainingTokens
        && modules == that.modules
        && calibration.equals(that.calibration);
  }

  @Override
  public int hashCode() {
    return Objects.hash(InfluenceExtBuilder.class, tokens, trainingTokens, modules, calibration);
  }
}
