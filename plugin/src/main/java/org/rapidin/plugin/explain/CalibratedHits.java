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
 */
record CalibratedHits(SearchSourceBuilder source, SearchResponse response) {
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
   * @throws IllegalArgumentException if the background is not of a clause's attributor
   */
  void complete(GradientHandles handles, Backgrounds.Use background) {
    for (String field : fields()) {
      List<Calibrated> hits = hits(field);
      List<CalibrationMark> marks =
          hits.stream().flatMap(hit -> CalibrationMark.takeFrom(hit.value()).stream()).toList();
      if (!marks.isEmpty()) {
        complete(hits, marks.getFirst(), handles, background);
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
          .filter(ClauseNames::isCalibration)
          .forEach(fields::add);
    }
    return fields;
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
      CalibrationMark mark,
      GradientHandles handles,
      Backgrounds.Use background) {
    if (mark.alone() && isByScore() && hits.size() == response.getHits().getHits().length) {
      addRanks(hits);
    }
    if (background == null) {
      return;
    }
    ResolvedGradient gradient = handles.require(mark.key()).gradient();
    background.requireFor(gradient.attributor(), gradient.fingerprint());
    BackgroundInfluences sample =
        new BackgroundInfluences(
            new RawInfluence(gradient.vectors(), mark.opponents())
                .all(background.background().rows()),
            mark.opponents());
    hits.forEach(hit -> hit.value().put("background", sample.of(hit.influence())));
  }

  /** Whether the order of the hits is that of the query's scores. */
  private boolean isByScore() {
    return (source.sorts() == null || source.sorts().isEmpty())
        && (source.rescores() == null || source.rescores().isEmpty())
        && source.collapse() == null
        && source.searchAfter() == null;
  }

  private void addRanks(List<Calibrated> hits) {
    long before = Math.max(0, source.from());
    RankIntervals ranks =
        new RankIntervals(
            hits.stream().map(Calibrated::influence).toList(),
            hits.stream().map(Calibrated::error).toList(),
            before,
            isCut(before));
    for (int i = 0; i < hits.size(); i++) {
      if (!Double.isNaN(hits.get(i).error())) {
        hits.get(i).value().put("rank", ranks.of(i));
      }
    }
  }

  /** Whether documents may match that come after the hits. */
  private boolean isCut(long before) {
    SearchHits hits = response.getHits();
    TotalHits total = hits.getTotalHits();
    return total == null
        || total.relation() != TotalHits.Relation.EQUAL_TO
        || total.value() > before + hits.getHits().length;
  }
}
