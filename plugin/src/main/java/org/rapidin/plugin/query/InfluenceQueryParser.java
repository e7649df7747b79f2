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
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.lucene.Candidates;

/**
 * Reads {@code {"<field>": {…}}}. Unknown keys are refused by name. {@code boost} and {@code _name}
 * are inside the field's object, as in {@code match}. One instance parses one query.
 */
final class InfluenceQueryParser {
  static final String GENERATIONS = "generations";
  static final String COMBINE = "combine";
  static final String NUISANCE = "nuisance";
  static final String PRECONDITIONER = "preconditioner";
  static final String NORMALIZE = "normalize";
  static final String MODULES = "modules";
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
  private final GenerationParser generation = new GenerationParser();
  private List<GenerationSet.Weighted> generations;
  private GenerationSet.Combine combine;
  private List<InfluenceSubject.Generation> nuisance;
  private String preconditioner;
  private String normalize;
  private List<String> modules;
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
            new InfluenceOptions(
                attributor, opponents, filter, ignoreUnmapped, mode(), normalize()))
        .boost(boost)
        .queryName(name);
  }

  private void parseKey(String key, XContentParser parser) throws IOException {
    if (generation.reads(key, parser)) {
      return;
    }
    switch (key) {
      case GENERATIONS -> generations = GenerationParser.weighted(key, parser);
      case COMBINE -> combine = combine(text(key, parser));
      case MODULES -> modules = texts(key, parser);
      case NUISANCE -> nuisance = GenerationParser.list(key, parser);
      case PRECONDITIONER -> preconditioner = text(key, parser);
      case NORMALIZE -> normalize = text(key, parser);
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
              "[influence] does not know [%s]; it takes prompt, completion, tokens, generations, combine, nuisance, modules, preconditioner, normalize, vector, attributor, direction, filter, ignore_unmapped, mode, k, oversample, boost, _name"
                  .formatted(key));
    }
  }

  private InfluenceSubject subject() {
    int given = (vector == null ? 0 : 1) + (generations == null ? 0 : 1);
    if (given + (generation.isEmpty() ? 0 : 1) > 1) {
      throw new IllegalArgumentException(
          "[influence] takes one of [vector], [generations], or [prompt] and [completion], got several");
    }
    if (combine != null && generations == null) {
      throw new IllegalArgumentException("[combine] needs [generations]");
    }
    if (vector != null) {
      return ofVector();
    }
    if (generations == null && !generation.isComplete()) {
      throw new IllegalArgumentException(
          "[influence] needs [prompt] and [completion], the texts that the model read and generated, or [generations], or a [vector]");
    }
    if (modules != null && modules.isEmpty()) {
      throw new IllegalArgumentException(
          "[modules] is empty: leave it out, or name modules whose influence counts");
    }
    if (candidates && combine == GenerationSet.Combine.MAX) {
      throw new IllegalArgumentException(
          "[combine] [max] ranks by several vectors, and candidates are found by one: leave out \"mode\", or set [combine] to mean or sum");
    }
    if (preconditioner != null) {
      return new PreconditionedSet(set(), preconditioner);
    }
    return generations == null && nuisance == null && modules == null
        ? generation.generation()
        : set();
  }

  private InfluenceSubject ofVector() {
    if (nuisance != null) {
      throw new IllegalArgumentException(
          "[nuisance] leaves directions out of the gradient of texts, not of a [vector]");
    }
    if (preconditioner != null) {
      throw new IllegalArgumentException(
          "[preconditioner] is for the gradient of texts, not for a [vector]");
    }
    if (modules != null) {
      throw new IllegalArgumentException(
          "[modules] restricts the gradient of texts, not a [vector]");
    }
    return new InfluenceSubject.RawVector(vector);
  }

  private Normalize normalize() {
    return normalize == null ? Normalize.NONE : Normalize.of(normalize, preconditioner);
  }

  private GenerationSet set() {
    return new GenerationSet(
        generations == null
            ? List.of(new GenerationSet.Weighted(generation.generation(), 1))
            : generations,
        combine == null ? GenerationSet.Combine.MEAN : combine,
        nuisance == null ? List.of() : nuisance,
        modules == null ? List.of() : modules);
  }

  private static GenerationSet.Combine combine(String value) {
    for (GenerationSet.Combine combine : GenerationSet.Combine.values()) {
      if (combine.value().equals(value)) {
        return combine;
      }
    }
    throw new IllegalArgumentException(
        "[combine] must be mean, sum or max, got [%s]".formatted(value));
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

  static String text(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      throw error(parser, "[%s] takes a string, got %s".formatted(key, parser.currentToken()));
    }
    return parser.text();
  }

  private static List<String> texts(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      throw error(
          parser, "[%s] takes a list of strings, got %s".formatted(key, parser.currentToken()));
    }
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      texts.add(text(key, parser));
    }
    return texts;
  }

  private static boolean bool(String key, XContentParser parser) throws IOException {
    if (parser.currentToken() != Token.VALUE_BOOLEAN) {
      throw error(parser, "[%s] takes true or false, got %s".formatted(key, parser.currentToken()));
    }
    return parser.booleanValue();
  }

  static float number(String key, XContentParser parser) throws IOException {
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

  static boolean isInt(Number value) {
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

  static ParsingException error(XContentParser parser, String sentence) {
    return new ParsingException(parser.getTokenLocation(), sentence);
  }
}
