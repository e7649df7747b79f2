package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.lucene.Candidates;

/**
 * Reads {@code {"<field>": {…}}}. Unknown keys are refused by name. {@code boost} and {@code _name}
 * are inside the field's object, as in {@code match}. One instance parses one query.
 */
final class InfluenceQueryParser {
  static final String PROMPT = "prompt";
  static final String COMPLETION = "completion";
  static final String TOKENS = "tokens";
  static final String VECTOR = "vector";
  static final String ATTRIBUTOR = "attributor";
  static final String DIRECTION = "direction";
  static final String PROPONENTS = "proponents";
  static final String OPPONENTS = "opponents";
  static final String FILTER = "filter";
  static final String IGNORE_UNMAPPED = "ignore_unmapped";
  static final String MODE = "mode";
  static final String EXACT = "exact";
  static final String CANDIDATES = "candidates";
  static final String K = "k";
  static final String OVERSAMPLE = "oversample";
  // With k = 10, recall@10 was 1 on gradients of stories and 0.75 on those of random texts: see
  // docs/candidates.md.
  private static final int DEFAULT_OVERSAMPLE = 10;

  private final Supplier<CoordinatorRewrite> coordinator;
  private String prompt;
  private String completion;
  private TokenSelection tokens;
  private QueryVector vector;
  private String attributor;
  private boolean opponents;
  private QueryBuilder filter;
  private boolean ignoreUnmapped;
  private boolean candidates;
  private Integer k;
  private Integer oversample;
  private float boost = AbstractQueryBuilder.DEFAULT_BOOST;
  private String name;

  InfluenceQueryParser(Supplier<CoordinatorRewrite> coordinator) {
    this.coordinator = coordinator;
  }

  InfluenceQueryBuilder parse(XContentParser parser) throws IOException {
    if (parser.nextToken() != Token.FIELD_NAME) {
      throw error(parser, "[influence] needs the name of a field");
    }
    String field = parser.currentName();
    if (parser.nextToken() != Token.START_OBJECT) {
      throw error(parser, "[influence] takes an object for field [%s]".formatted(field));
    }
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      parseKey(key, parser);
    }
    if (parser.nextToken() != Token.END_OBJECT) {
      throw error(
          parser,
          "[influence] takes one field and nothing else, found [%s] and [%s]"
              .formatted(field, parser.currentName()));
    }
    return new InfluenceQueryBuilder(
            coordinator,
            field,
            subject(),
            new InfluenceOptions(attributor, opponents, filter, ignoreUnmapped, mode()))
        .boost(boost)
        .queryName(name);
  }

  private void parseKey(String key, XContentParser parser) throws IOException {
    switch (key) {
      case PROMPT -> prompt = text(key, parser);
      case COMPLETION -> completion = text(key, parser);
      case TOKENS -> tokens = tokens(parser);
      case VECTOR -> vector = QueryVector.parse(parser);
      case ATTRIBUTOR -> attributor = text(key, parser);
      case DIRECTION -> opponents = isOpponents(text(key, parser));
      case FILTER -> filter = filter(parser);
      case IGNORE_UNMAPPED -> ignoreUnmapped = bool(key, parser);
      case MODE -> candidates = isCandidates(text(key, parser));
      case K -> k = count(key, parser);
      case OVERSAMPLE -> oversample = count(key, parser);
      case "boost" -> boost = number(key, parser);
      case "_name" -> name = text(key, parser);
      default ->
          throw error(
              parser,
              "[influence] does not know [%s]; it takes prompt, completion, tokens, vector, attributor, direction, filter, ignore_unmapped, mode, k, oversample, boost, _name"
                  .formatted(key));
    }
  }

  private InfluenceSubject subject() {
    if (vector != null) {
      if (prompt != null || completion != null || tokens != null) {
        throw new IllegalArgumentException(
            "[influence] takes either [vector] or [prompt] and [completion], got both");
      }
      return new InfluenceSubject.RawVector(vector);
    }
    if (prompt == null || completion == null) {
      throw new IllegalArgumentException(
          "[influence] needs [prompt] and [completion], the texts that the model read and generated, or a [vector]");
    }
    return new InfluenceSubject.Generation(
        new Sample(prompt, completion), tokens == null ? new TokenSelection.All() : tokens);
  }

  private RankingMode mode() {
    if (!candidates) {
      if (k != null || oversample != null) {
        throw new IllegalArgumentException(
            "[k] and [oversample] limit candidates: add \"mode\": \"candidates\", or leave them out");
      }
      return new RankingMode.Exact();
    }
    int each = oversample == null ? DEFAULT_OVERSAMPLE : oversample;
    return k == null
        ? new RankingMode.ByShownHits(each)
        : new RankingMode.ByCandidates(new Candidates(k, each));
  }

  private static String text(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      throw error(parser, "[%s] takes a string, got %s".formatted(key, parser.currentToken()));
    }
    return parser.text();
  }

  private static TokenSelection tokens(XContentParser parser) throws IOException {
    if (parser.currentToken() == Token.VALUE_STRING) {
      return new TokenSelection.Span(parser.text());
    }
    if (parser.currentToken() != Token.START_ARRAY) {
      throw error(
          parser, "[tokens] takes a text of the completion or a list of positions counted from 0");
    }
    List<Integer> positions = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      positions.add(position(parser));
    }
    if (positions.isEmpty()) {
      throw error(parser, "[tokens] is empty: leave it out to ask about the whole completion");
    }
    return new TokenSelection.Positions(positions);
  }

  private static int position(XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER) {
      throw wrongPosition(parser, parser.currentToken().toString());
    }
    Number value = parser.numberValue();
    if (!isInt(value) || value.intValue() < 0) {
      throw wrongPosition(parser, value.toString());
    }
    return value.intValue();
  }

  private static ParsingException wrongPosition(XContentParser parser, String got) {
    return error(parser, "[tokens] takes positions of at least 0, got %s".formatted(got));
  }

  private static boolean bool(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_BOOLEAN) {
      throw error(parser, "[%s] takes true or false, got %s".formatted(key, parser.currentToken()));
    }
    return parser.booleanValue();
  }

  private static float number(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER || !Float.isFinite(parser.floatValue())) {
      throw error(parser, "[%s] takes a number, got %s".formatted(key, parser.currentToken()));
    }
    return parser.floatValue();
  }

  private static int count(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER || !isInt(parser.numberValue())) {
      throw error(parser, "[%s] takes an integer, got %s".formatted(key, parser.textOrNull()));
    }
    return parser.intValue();
  }

  private static boolean isInt(Number value) {
    return value.doubleValue() == value.intValue();
  }

  private static boolean isCandidates(String mode) {
    return switch (mode) {
      case CANDIDATES -> true;
      case EXACT -> false;
      default ->
          throw new IllegalArgumentException(
              "[mode] must be exact or candidates, got [%s]".formatted(mode));
    };
  }

  private static boolean isOpponents(String direction) {
    return switch (direction) {
      case OPPONENTS -> true;
      case PROPONENTS -> false;
      default ->
          throw new IllegalArgumentException(
              "[direction] must be proponents or opponents, got [%s]".formatted(direction));
    };
  }

  private static QueryBuilder filter(XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw error(parser, "[filter] takes one query");
    }
    return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
  }

  private static ParsingException error(XContentParser parser, String sentence) {
    return new ParsingException(parser.getTokenLocation(), sentence);
  }
}
