package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Optional;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.plugin.explain.InfluenceExtBuilder.Calibration;

/** Reads the section {@code ext.influence} of a search. */
final class InfluenceExtParser {
  private final XContentParser parser;
  private boolean tokens;
  private int trainingTokens;
  private boolean modules;
  private Optional<Calibration> calibration = Optional.empty();
  private Granularity granularity = Granularity.TOKEN;

  private InfluenceExtParser(XContentParser parser) {
    this.parser = parser;
  }

  /**
   * Reads the section's object.
   *
   * @throws ParsingException if a key is unknown; names it
   */
  static InfluenceExtBuilder parse(XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new ParsingException(parser.getTokenLocation(), "[ext.influence] takes an object");
    }
    InfluenceExtParser section = new InfluenceExtParser(parser);
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      section.read(key);
    }
    return new InfluenceExtBuilder(
        section.tokens,
        section.trainingTokens,
        section.modules,
        section.calibration,
        section.granularity);
  }

  private void read(String key) throws IOException {
    switch (key) {
      case InfluenceExtBuilder.TOKENS -> {
        require(Token.VALUE_BOOLEAN, key, "true or false");
        tokens = parser.booleanValue();
      }
      case InfluenceExtBuilder.TRAINING_TOKENS -> {
        require(Token.VALUE_NUMBER, key, "a number of hits");
        trainingTokens = parser.intValue();
      }
      case InfluenceExtBuilder.MODULES -> {
        require(Token.VALUE_BOOLEAN, key, "true or false");
        modules = parser.booleanValue();
      }
      case InfluenceExtBuilder.CALIBRATION -> calibration = calibration();
      case InfluenceExtBuilder.GRANULARITY -> granularity = Granularity.read(parser);
      default ->
          throw new ParsingException(
              parser.getTokenLocation(),
              "[ext.influence] does not know [%s]; it takes tokens, training_tokens, granularity, modules and calibration"
                  .formatted(key));
    }
  }

  /** True, false, or an object that names the background. */
  private Optional<Calibration> calibration() throws IOException {
    if (parser.currentToken() == Token.VALUE_BOOLEAN) {
      return parser.booleanValue() ? Optional.of(new Calibration((String) null)) : Optional.empty();
    }
    require(Token.START_OBJECT, InfluenceExtBuilder.CALIBRATION, "true, false or an object");
    String background = null;
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (!key.equals(InfluenceExtBuilder.BACKGROUND)) {
        throw new ParsingException(
            parser.getTokenLocation(),
            "[ext.influence.calibration] does not know [%s]; it takes background".formatted(key));
      }
      require(
          Token.VALUE_STRING,
          InfluenceExtBuilder.CALIBRATION + "." + InfluenceExtBuilder.BACKGROUND,
          "the id of an artefact");
      background = parser.text();
    }
    return Optional.of(new Calibration(background));
  }

  private void require(Token wanted, String key, String words) {
    if (parser.currentToken() != wanted) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "[ext.influence.%s] takes %s, got %s".formatted(key, words, parser.currentToken()));
    }
  }
}
