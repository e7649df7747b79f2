package org.rapidin.plugin.query;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.regex.Regex;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * The names under which the influences of a search stand in the {@code fields} of its hits: {@code
 * influence}, or {@code influence.<_name>}. No name may have two sources.
 */
public final class ClauseNames {
  private static final String INFLUENCE = "influence";
  private static final String NORMALIZED = "influence_normalized";
  private static final String TOKENS = "influence_tokens";
  private static final String MODULES = "influence_modules";
  private static final String CALIBRATION = "influence_calibration";
  private static final String TRAINING_TOKENS = "influence_training_tokens";

  private final GradientMappings mappings;

  ClauseNames(GradientMappings mappings) {
    this.mappings = mappings;
  }

  /** The field of the raw influence. */
  public static String influence(String queryName) {
    return queryName == null ? INFLUENCE : INFLUENCE + "." + queryName;
  }

  /** The field of the influence over what {@code normalize} divides it by. */
  public static String normalized(String queryName) {
    return queryName == null ? NORMALIZED : NORMALIZED + "." + queryName;
  }

  /** The field of the influences on generated tokens. */
  public static String tokens(String queryName) {
    return queryName == null ? TOKENS : TOKENS + "." + queryName;
  }

  /** The field of the influences through single modules. */
  public static String modules(String queryName) {
    return queryName == null ? MODULES : MODULES + "." + queryName;
  }

  /** The field of the standard error of the raw influence, and of what follows from it. */
  public static String calibration(String queryName) {
    return queryName == null ? CALIBRATION : CALIBRATION + "." + queryName;
  }

  /** Whether a field is a clause's {@link #calibration}. */
  public static boolean isCalibration(String field) {
    return field.equals(CALIBRATION) || field.startsWith(CALIBRATION + ".");
  }

  /** The field of the raw influence of the clause whose {@link #calibration} field is given. */
  public static String influenceOfCalibration(String calibration) {
    return INFLUENCE + calibration.substring(CALIBRATION.length());
  }

  /** The field of the influences of training tokens. */
  public static String trainingTokens(String queryName) {
    return queryName == null ? TRAINING_TOKENS : TRAINING_TOKENS + "." + queryName;
  }

  /** The field of the raw influence of the clause whose {@link #trainingTokens} field is given. */
  public static String influenceWith(String trainingTokens) {
    return INFLUENCE + trainingTokens.substring(TRAINING_TOKENS.length());
  }

  /**
   * Refuses a search whose hits would have two values under one name.
   *
   * @param source a search as the user wrote it, or null
   * @param indices that it searches
   * @throws IllegalArgumentException if two clauses have the same name or none, or if the search
   *     also asks for a field of a document with such a name
   */
  void check(SearchSourceBuilder source, List<IndexMetadata> indices) {
    if (source == null) {
      return;
    }
    List<InfluenceQueryBuilder> clauses = InfluenceClauses.in(source);
    requireOwners(clauses);
    Set<String> names = new TreeSet<>();
    for (InfluenceQueryBuilder clause : clauses) {
      names.add(influence(clause.queryName()));
      names.add(normalized(clause.queryName()));
      names.add(tokens(clause.queryName()));
      names.add(trainingTokens(clause.queryName()));
      names.add(modules(clause.queryName()));
      names.add(calibration(clause.queryName()));
    }
    names.forEach(name -> requireNoSuchField(name, source, indices));
  }

  private static void requireOwners(List<InfluenceQueryBuilder> clauses) {
    Map<String, InfluenceQueryBuilder> first = new HashMap<>();
    for (InfluenceQueryBuilder clause : clauses) {
      InfluenceQueryBuilder other = first.putIfAbsent(clause.queryName(), clause);
      if (other != null && !sameInfluence(clause, other)) {
        throw new IllegalArgumentException(
            clause.queryName() == null
                ? "the search has several [influence] clauses without a [_name]: give each clause a [_name], its hits then have a field [influence.<_name>] each"
                : "the search has several [influence] clauses with the [_name] [%s]: give each clause another [_name]"
                    .formatted(clause.queryName()));
      }
    }
  }

  /** Direction, filter and boost change the ranking, not the influence. */
  private static boolean sameInfluence(InfluenceQueryBuilder a, InfluenceQueryBuilder b) {
    return a.field().equals(b.field())
        && Objects.equals(a.subject(), b.subject())
        && a.options().normalize().equals(b.options().normalize());
  }

  private void requireNoSuchField(
      String name, SearchSourceBuilder source, List<IndexMetadata> indices) {
    boolean scripted =
        source.scriptFields() != null
            && source.scriptFields().stream().anyMatch(field -> name.equals(field.fieldName()));
    boolean mapped =
        requested(name, source) && indices.stream().anyMatch(index -> mappings.maps(index, name));
    if (scripted || mapped) {
      throw new IllegalArgumentException(
          "the search asks for the documents' field [%s], and the influence of its hits has the same name: leave it out of [fields], or give the [influence] clause another [_name]"
              .formatted(name));
    }
  }

  private static boolean requested(String name, SearchSourceBuilder source) {
    Stream<String> patterns =
        Stream.of(source.fetchFields(), source.docValueFields())
            .filter(Objects::nonNull)
            .flatMap(List::stream)
            .map(field -> field.field);
    Stream<String> stored =
        source.storedFields() == null || source.storedFields().fieldNames() == null
            ? Stream.empty()
            : source.storedFields().fieldNames().stream();
    return Stream.concat(patterns, stored).anyMatch(pattern -> Regex.simpleMatch(pattern, name));
  }
}
