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
 * The hits of an answered search, to which is added what follows from all of them together.
 *
 * @param wanted the source of the search as the user wrote it
 * @param source the same after it was rewritten: without wrappers, and without clauses that match
 *     nothing
 * @param response whose hits have what their shards computed
 * @param check is called between pieces of work; stops by throwing
 */
record CalibratedHits(
    SearchSourceBuilder wanted,
    SearchSourceBuilder source,
    SearchResponse response,
    Runnable check) {
  private static final String EARLIER_VERSION =
      "the node with this hit is of an earlier version, which does not compute errors: upgrade its RapidIn plugin";

  /** A hit with an influence, and what its shard computed. */
  private record Calibrated(SearchHit hit, double influence, Map<String, Object> value) {
    double error() {
      return value.get(HitCalibrations.STANDARD_ERROR) instanceof Number error
          ? error.doubleValue()
          : Double.NaN;
    }

    /** Whether it cannot be known how large the error is. */
    boolean isUnknown() {
      return value.containsKey(HitCalibrations.REASON);
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
          "[ext.influence.calibration] is about influences, and the search has no [influence] query: leave it out");
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

  /** Returns the fields of all clauses, including those that shards made of other queries. */
  private Set<String> fields() {
    Set<String> fields = new LinkedHashSet<>();
    for (SearchSourceBuilder each : List.of(wanted, source)) {
      for (InfluenceQueryBuilder clause : InfluenceClauses.in(each)) {
        fields.add(ClauseNames.calibration(clause.queryName()));
      }
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
        hits.add(new Calibrated(hit, influence.doubleValue(), written(hit.field(field))));
      }
    }
    return hits;
  }

  /** Returns a copy of what a shard wrote into a hit. */
  private static Map<String, Object> written(DocumentField field) {
    Map<String, Object> copy = new LinkedHashMap<>();
    if (field == null || !(field.getValue() instanceof Map<?, ?> value)) {
      copy.put(HitCalibrations.ERROR, EARLIER_VERSION);
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
    for (Calibrated hit : hits) {
      check.run();
      hit.value().put("background", sample.of(hit.influence()));
    }
  }

  /** Returns whether all matching documents were scored. */
  private boolean isWhole() {
    return !response.isTimedOut()
        && !Boolean.TRUE.equals(response.isTerminatedEarly())
        && source.terminateAfter() <= 0
        && source.slice() == null
        && response.getFailedShards() == 0
        && response.getClusters().getSkipped() == 0;
  }

  /** Returns whether the hits are in the order of the query's scores. */
  private boolean isByScore() {
    return (source.sorts() == null || source.sorts().isEmpty())
        && (source.rescores() == null || source.rescores().isEmpty())
        && source.collapse() == null
        && source.searchAfter() == null
        && source.indexBoosts().isEmpty();
  }

  private void addRanks(List<Calibrated> hits, boolean opponents) {
    long before = Math.max(0, source.from());
    RankIntervals ranks =
        RankIntervals.ofKnown(
            hits.stream().map(Calibrated::influence).toList(),
            hits.stream().map(Calibrated::error).toList(),
            before,
            rest(hits, before));
    for (int i = 1; i < hits.size(); i++) {
      if (!isBefore(hits.get(i - 1), hits.get(i), opponents)) {
        return;
      }
    }
    for (int i = 0; i < ranks.size(); i++) {
      check.run();
      hits.get(i).value().put("rank", ranks.of(i));
    }
  }

  /** Returns whether two hits are in the order of their influences, and not by equal scores. */
  private static boolean isBefore(Calibrated first, Calibrated second, boolean opponents) {
    double difference =
        opponents ? second.influence() - first.influence() : first.influence() - second.influence();
    boolean tied = first.hit().getScore() == second.hit().getScore();
    double reach = HitCalibrations.NORMAL_95 * Math.hypot(first.error(), second.error());
    // Scores are rounded, so that influences that cannot be told apart may change places.
    double rounding = Double.isNaN(reach) ? 0 : reach / 1_000;
    return difference >= -rounding && !(tied && difference > reach);
  }

  private RankIntervals.Rest rest(List<Calibrated> hits, long before) {
    if (hits.stream().anyMatch(Calibrated::isUnknown)) {
      return RankIntervals.Rest.UNKNOWN;
    }
    return isCut(before) ? RankIntervals.Rest.LIKE_LAST : RankIntervals.Rest.NONE;
  }

  /** Returns whether matching documents may come after the hits. */
  private boolean isCut(long before) {
    SearchHits hits = response.getHits();
    TotalHits total = hits.getTotalHits();
    return source.minScore() != null
        || total == null
        || total.relation() != TotalHits.Relation.EQUAL_TO
        || total.value() > before + hits.getHits().length;
  }
}
