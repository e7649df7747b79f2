package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.search.TotalHits;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.artefact.Backgrounds;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.RawInfluence;
import org.rapidin.plugin.query.ClauseNames;
import org.rapidin.plugin.query.InfluenceClauses;
import org.rapidin.plugin.query.InfluenceQueryBuilder;

/**
 * The hits of an answered search, which get what is known only of all of them together.
 *
 * @param source of the search as the user wrote it
 * @param response whose hits have what their shards say
 * @param check is called between pieces of work; stops by throwing
 */
record CalibratedHits(SearchSourceBuilder source, SearchResponse response, Runnable check) {
  private static final String NOT_SAID =
      "the node of this hit's shard is of an earlier version, which does not compute errors: upgrade its RapidIn plugin";

  /** A hit with an influence, and what its shard says of it. */
  private record Calibrated(SearchHit hit, double influence, Map<String, Object> value) {
    double error() {
      return value.get(HitCalibrations.STANDARD_ERROR) instanceof Number error
          ? error.doubleValue()
          : Double.NaN;
    }
  }

  /**
   * Completes the hits.
   *
   * @param background that influences are compared with, or null
   * @throws IllegalArgumentException if the background is not of a clause's attributor, or there is
   *     no clause
   */
  void complete(GradientHandles handles, Backgrounds.Use background) {
    Set<String> fields = fields();
    if (fields.isEmpty() && response.getHits().getHits().length > 0) {
      throw new IllegalArgumentException(
          "[ext.influence.calibration] says how sure influences are, and the search has no [influence] query: leave it out");
    }
    for (String field : fields) {
      List<Calibrated> hits = hits(field);
      List<CalibrationMark> marks =
          hits.stream().flatMap(hit -> CalibrationMark.takeFrom(hit.value()).stream()).toList();
      if (!marks.isEmpty()) {
        complete(hits, marks, handles, background);
      }
      for (Calibrated each : hits) {
        each.hit().setDocumentField(field, new DocumentField(field, List.of(each.value())));
      }
    }
  }

  /** The fields of all clauses, also of those that a shard has made of other queries. */
  private Set<String> fields() {
    Set<String> fields = new LinkedHashSet<>();
    for (InfluenceQueryBuilder clause : InfluenceClauses.in(source)) {
      fields.add(ClauseNames.calibration(clause.queryName()));
    }
    for (SearchHit hit : response.getHits().getHits()) {
      hit.getDocumentFields().keySet().stream()
          .filter(field -> ClauseNames.isCalibration(field) && isOurs(hit.field(field)))
          .forEach(fields::add);
    }
    return fields;
  }

  /** Whether a shard wrote a field, and not the document's author. */
  private static boolean isOurs(DocumentField field) {
    return field.getValue() instanceof Map<?, ?> value && CalibrationMark.isIn(value);
  }

  private List<Calibrated> hits(String field) {
    List<Calibrated> hits = new ArrayList<>();
    for (SearchHit hit : response.getHits().getHits()) {
      DocumentField raw = hit.field(ClauseNames.influenceOfCalibration(field));
      if (raw != null && raw.getValue() instanceof Number influence) {
        hits.add(new Calibrated(hit, influence.doubleValue(), said(hit.field(field))));
      }
    }
    return hits;
  }

  /** What a shard said about a hit. */
  private static Map<String, Object> said(DocumentField field) {
    Map<String, Object> copy = new LinkedHashMap<>();
    if (field == null || !(field.getValue() instanceof Map<?, ?> value)) {
      copy.put(HitCalibrations.ERROR, NOT_SAID);
    } else {
      value.forEach((key, each) -> copy.put((String) key, each));
    }
    return copy;
  }

  private void complete(
      List<Calibrated> hits,
      List<CalibrationMark> marks,
      GradientHandles handles,
      Backgrounds.Use background) {
    CalibrationMark mark = marks.getFirst();
    boolean all = marks.size() == hits.size() && hits.size() == response.getHits().getHits().length;
    if (all && marks.stream().allMatch(CalibrationMark::alone) && isByScore() && isWhole()) {
      addRanks(hits, mark.opponents());
    }
    if (background == null) {
      return;
    }
    ResolvedGradient gradient = handles.require(mark.key()).gradient();
    background.requireFor(gradient.attributor(), gradient.fingerprint());
    BackgroundInfluences sample =
        BackgroundInfluences.of(
            new RawInfluence(gradient.vectors(), mark.opponents()),
            background.background().rows(),
            mark.opponents(),
            check);
    hits.forEach(hit -> hit.value().put("background", sample.of(hit.influence())));
  }

  /** Whether all documents were scored that match. */
  private boolean isWhole() {
    return !response.isTimedOut()
        && !Boolean.TRUE.equals(response.isTerminatedEarly())
        && source.terminateAfter() <= 0
        && source.slice() == null
        && response.getFailedShards() == 0
        && response.getClusters().getSkipped() == 0;
  }

  /** Whether the order of the hits is that of the query's scores. */
  private boolean isByScore() {
    return (source.sorts() == null || source.sorts().isEmpty())
        && (source.rescores() == null || source.rescores().isEmpty())
        && source.collapse() == null
        && source.searchAfter() == null;
  }

  private void addRanks(List<Calibrated> hits, boolean opponents) {
    long before = Math.max(0, source.from());
    RankIntervals ranks =
        RankIntervals.ofKnown(
            hits.stream().map(Calibrated::influence).toList(),
            hits.stream().map(Calibrated::error).toList(),
            before,
            isCut(before));
    for (int i = 1; i < hits.size(); i++) {
      if (!isBefore(hits.get(i - 1), hits.get(i), opponents)) {
        return;
      }
    }
    for (int i = 0; i < ranks.size(); i++) {
      hits.get(i).value().put("rank", ranks.of(i));
    }
  }

  /** Whether the order of two hits is that of their influences, and their scores show it. */
  private static boolean isBefore(Calibrated first, Calibrated second, boolean opponents) {
    double difference =
        opponents ? second.influence() - first.influence() : first.influence() - second.influence();
    boolean tied = first.hit().getScore() == second.hit().getScore();
    double reach = HitCalibrations.NORMAL_95 * Math.hypot(first.error(), second.error());
    // Scores are rounded, so that influences that cannot be told apart may change places.
    double rounding = Double.isNaN(reach) ? 0 : reach / 1_000;
    return difference >= -rounding && !(tied && difference > reach);
  }

  /** Whether documents may match that come after the hits. */
  private boolean isCut(long before) {
    SearchHits hits = response.getHits();
    TotalHits total = hits.getTotalHits();
    return source.minScore() != null
        || total == null
        || total.relation() != TotalHits.Relation.EQUAL_TO
        || total.value() > before + hits.getHits().length;
  }
}
