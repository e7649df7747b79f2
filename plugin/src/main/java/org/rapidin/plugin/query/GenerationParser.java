package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;

/** Reads a generation: prompt, completion, and the tokens that are asked about. */
final class GenerationParser {
  static final String PROMPT = "prompt";
  static final String COMPLETION = "completion";
  static final String TOKENS = "tokens";
  static final String WEIGHT = "weight";

  private String prompt;
  private String completion;
  private TokenSelection tokens;

  /** Reads the value of a key if it is one of a generation. */
  boolean reads(String key, XContentParser parser) throws IOException {
    switch (key) {
      case PROMPT -> prompt = InfluenceQueryParser.text(key, parser);
      case COMPLETION -> completion = InfluenceQueryParser.text(key, parser);
      case TOKENS -> tokens = tokens(parser);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether no key was read. */
  boolean isEmpty() {
    return prompt == null && completion == null && tokens == null;
  }

  /** Whether prompt and completion were read. */
  boolean isComplete() {
    return prompt != null && completion != null;
  }

  /**
   * Returns what was read.
   *
   * @throws IllegalArgumentException if the tokens do not occur in the completion
   */
  InfluenceSubject.Generation generation() {
    return new InfluenceSubject.Generation(
        new Sample(prompt, completion), tokens == null ? new TokenSelection.All() : tokens);
  }

  /** Reads a list of generations, each with an optional weight, 1 by default. */
  static List<GenerationSet.Weighted> weighted(String key, XContentParser parser)
      throws IOException {
    requireArray(key, parser);
    List<GenerationSet.Weighted> list = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      list.add(one(key, parser, true));
    }
    return list;
  }

  /** Reads a list of generations without weights. */
  static List<InfluenceSubject.Generation> list(String key, XContentParser parser)
      throws IOException {
    requireArray(key, parser);
    List<InfluenceSubject.Generation> list = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      list.add(one(key, parser, false).generation());
    }
    return list;
  }

  private static void requireArray(String key, XContentParser parser) {
    if (parser.currentToken() != Token.START_ARRAY) {
      throw InfluenceQueryParser.error(
          parser,
          "[%s] takes a list of objects with [prompt] and [completion], got %s"
              .formatted(key, parser.currentToken()));
    }
  }

  private static GenerationSet.Weighted one(String list, XContentParser parser, boolean hasWeight)
      throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw InfluenceQueryParser.error(
          parser,
          "[%s] takes objects with [prompt] and [completion], got %s"
              .formatted(list, parser.currentToken()));
    }
    GenerationParser generation = new GenerationParser();
    float weight = 1;
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (hasWeight && key.equals(WEIGHT)) {
        weight = InfluenceQueryParser.number(key, parser);
      } else if (!generation.reads(key, parser)) {
        throw InfluenceQueryParser.error(
            parser,
            "an entry of [%s] does not know [%s]; it takes prompt, completion, tokens%s"
                .formatted(list, key, hasWeight ? ", weight" : ""));
      }
    }
    if (!generation.isComplete()) {
      throw InfluenceQueryParser.error(
          parser, "an entry of [%s] needs [prompt] and [completion]".formatted(list));
    }
    return new GenerationSet.Weighted(generation.generation(), weight);
  }

  private static TokenSelection tokens(XContentParser parser) throws IOException {
    if (parser.currentToken() == Token.VALUE_STRING) {
      return new TokenSelection.Span(parser.text());
    }
    if (parser.currentToken() != Token.START_ARRAY) {
      throw InfluenceQueryParser.error(
          parser,
          "[tokens] takes a text of the completion, a list of texts, or a list of positions counted from 0");
    }
    if (parser.nextToken() == Token.VALUE_STRING) {
      return spans(parser);
    }
    List<Integer> positions = new ArrayList<>();
    for (; parser.currentToken() != Token.END_ARRAY; parser.nextToken()) {
      positions.add(position(parser));
    }
    if (positions.isEmpty()) {
      throw InfluenceQueryParser.error(
          parser, "[tokens] is empty: leave it out to ask about the whole completion");
    }
    return new TokenSelection.Positions(positions);
  }

  private static TokenSelection spans(XContentParser parser) throws IOException {
    List<String> texts = new ArrayList<>();
    for (; parser.currentToken() != Token.END_ARRAY; parser.nextToken()) {
      if (parser.currentToken() != Token.VALUE_STRING) {
        throw InfluenceQueryParser.error(
            parser,
            "[tokens] takes texts or positions, not both, got %s".formatted(parser.currentToken()));
      }
      texts.add(parser.text());
    }
    return new TokenSelection.Spans(texts);
  }

  private static int position(XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER) {
      throw wrongPosition(parser, parser.currentToken().toString());
    }
    Number value = parser.numberValue();
    if (!InfluenceQueryParser.isInt(value) || value.intValue() < 0) {
      throw wrongPosition(parser, value.toString());
    }
    return value.intValue();
  }

  private static ParsingException wrongPosition(XContentParser parser, String got) {
    return InfluenceQueryParser.error(
        parser, "[tokens] takes positions of at least 0, got %s".formatted(got));
  }
}
