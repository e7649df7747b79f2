package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;
import org.rapidin.plugin.query.HitError;

/** The standard errors of the influences of a shard's hits, each from the hit's own row. */
final class HitCalibrations {
  /** Each reads a row, and takes products of matrices where layers are projected. */
  static final int MAX_HITS = 100;

  static final String ERROR = "error";
  static final String STANDARD_ERROR = "standard_error";
  private static final String COMPRESSION = "compression_error";
  private static final String STORAGE = "storage_error";
  private static final String AT_MOST = "at_most";
  private static final String INTERVAL = "interval";
  private static final String REASON = "reason";

  /** Of a normal distribution, 95 % are less than this many standard deviations from the mean. */
  static final double NORMAL_95 = 1.959964;

  private static final String TOO_MANY =
      "[ext.influence.calibration] is for the first %s hits of a shard: ask for fewer hits"
          .formatted(MAX_HITS);

  private HitCalibrations() {}

  /**
   * Writes the errors into the hits that a shard has fetched. What fails stands in the hit, because
   * a listener cannot fail a search. Stops when the search is cancelled, which then has no answer.
   */
  static void attach(SearchContext context, AttributedInfluenceQuery query) {
    String name = ClauseNames.calibration(query.name());
    CalibrationMark mark = CalibrationMark.of(context, query);
    int computed = 0;
    for (SearchHit hit : context.fetchResult().hits().getHits()) {
      DocumentField raw = hit.field(ClauseNames.influence(query.name()));
      if (context.isCancelled()) {
        return;
      }
      if (raw != null) {
        double influence = ((Number) raw.getValue()).doubleValue();
        Map<String, Object> value =
            computed++ < MAX_HITS ? value(context, query, hit, influence) : fault(TOO_MANY);
        mark.addTo(value);
        hit.setDocumentField(name, new DocumentField(name, List.of(value)));
      }
    }
  }

  private static Map<String, Object> fault(String reason) {
    return new LinkedHashMap<>(Map.of(ERROR, reason));
  }

  private static Map<String, Object> value(
      SearchContext context, AttributedInfluenceQuery query, SearchHit hit, double influence) {
    try {
      Optional<HitRow> row = row(context, query, hit);
      return row.isEmpty()
          ? fault("the document has no vector any more")
          : value(HitError.of(query.gradient(), row.get(), influence), influence);
    } catch (IOException | RuntimeException e) {
      return fault(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> value(HitError error, double influence) {
    Map<String, Object> value = new LinkedHashMap<>();
    if (error.isKnown()) {
      double reach = NORMAL_95 * error.standardError();
      value.put(STANDARD_ERROR, error.standardError());
      if (error.atMost()) {
        value.put(AT_MOST, true);
      }
      value.put(INTERVAL, List.of(influence - reach, influence + reach));
      value.put(COMPRESSION, error.compression());
    } else {
      value.put(REASON, error.reason());
    }
    value.put(STORAGE, error.storage());
    return value;
  }

  private static Optional<HitRow> row(
      SearchContext context, AttributedInfluenceQuery query, SearchHit hit) throws IOException {
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
    return LeafInfluence.open(leaf, query.influence().field())
        .row(hit.docId() - leaf.docBase, query.influence().vector().length);
  }
}
