package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.plugin.handle.GradientHandles;
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
  static final String REASON = "reason";

  /** 95 % of a normal distribution are less than this many standard deviations from the mean. */
  static final double NORMAL_95 = 1.959964;

  /** Multiplications for all hits of a shard: some ten seconds. */
  private static final double MAX_OPERATIONS = 2e10;

  private static final Logger LOGGER = LogManager.getLogger(HitCalibrations.class);

  private static final String NO_MEMORY =
      "the node has not enough memory for the computation: repeat the search later";

  private static final String TOO_LARGE =
      "errors are not computed for vectors with this many numbers per layer and checkpoints, because it would take too long";

  private final SearchContext context;
  private final AttributedInfluenceQuery query;
  private final long deadline;

  private HitCalibrations(SearchContext context, AttributedInfluenceQuery query) {
    this.context = context;
    this.query = query;
    long timeout = context.timeout() == null ? -1 : context.timeout().millis();
    this.deadline = timeout > 0 ? context.getRelativeTimeInMillis() + timeout : Long.MAX_VALUE;
  }

  /** The search's time is over. */
  private static final class OutOfTime extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Returns how many hits of a shard get an error. */
  static int limit(CompressionError error) {
    double operations = error.operations();
    return operations == 0 ? MAX_HITS : (int) Math.min(MAX_HITS, MAX_OPERATIONS / operations);
  }

  /**
   * Writes the errors into the hits that a shard has fetched. A failure is written into its hit,
   * because a listener cannot fail a search. Stops when the search is cancelled, which then has no
   * answer.
   *
   * @param handles reserves what the computation takes
   */
  static void attach(
      SearchContext context, AttributedInfluenceQuery query, GradientHandles handles) {
    HitCalibrations calibrations = new HitCalibrations(context, query);
    try (Releasable _ = handles.reserve(HitError.bytes(query.gradient()))) {
      calibrations.attach(null);
    } catch (TaskCancelledException e) {
      LOGGER.debug("no errors of hits, because their search was cancelled", e);
    } catch (CircuitBreakingException e) {
      LOGGER.debug("no memory for the errors of hits", e);
      calibrations.attach(NO_MEMORY);
    }
  }

  /**
   * Writes into each hit.
   *
   * @param fault what is written into all hits, or null to compute their errors
   */
  private void attach(String fault) {
    String name = ClauseNames.calibration(query.name());
    CalibrationMark mark = CalibrationMark.of(context, query);
    int limit = limit(query.gradient().error().compression());
    int computed = 0;
    for (SearchHit hit : context.fetchResult().hits().getHits()) {
      DocumentField raw = hit.field(ClauseNames.influence(query.name()));
      if (raw != null) {
        double influence = ((Number) raw.getValue()).doubleValue();
        Map<String, Object> value =
            fault != null
                ? fault(fault)
                : computed++ < limit ? value(hit, influence) : fault(tooMany(limit));
        (isResolved(value, influence) ? mark : mark.withoutOrder()).addTo(value);
        hit.setDocumentField(name, new DocumentField(name, List.of(value)));
      }
    }
  }

  /** Returns whether the steps of scores are small next to the standard error of an influence. */
  private boolean isResolved(Map<String, Object> value, double influence) {
    return !(value.get(STANDARD_ERROR) instanceof Double error)
        || error == 0
        || query.influence().score().resolution(influence) < error / 10;
  }

  private static String tooMany(int limit) {
    return limit == 0
        ? TOO_LARGE
        : "[ext.influence.calibration] is for the first %s hits of a shard: ask for fewer hits"
            .formatted(limit);
  }

  private static Map<String, Object> fault(String reason) {
    return new LinkedHashMap<>(Map.of(ERROR, reason));
  }

  /** Throws if the search was cancelled or its time is over. */
  private void check() {
    if (context.isCancelled()) {
      throw new TaskCancelledException("the search was cancelled");
    }
    if (context.getRelativeTimeInMillis() > deadline) {
      throw new OutOfTime();
    }
  }

  private Map<String, Object> value(SearchHit hit, double influence) {
    try {
      check();
      return error(hit, influence)
          .map(error -> value(error, influence))
          .orElseGet(() -> fault("the document has no vector any more"));
    } catch (TaskCancelledException e) {
      throw e;
    } catch (OutOfTime e) {
      return fault("the error was not computed within the [timeout] of the search");
    } catch (IOException | RuntimeException e) {
      LOGGER.warn("the error of a hit could not be computed", e);
      return fault("the error could not be computed: see the log of the node with this hit");
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

  private Optional<HitError> error(SearchHit hit, double influence) throws IOException {
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
    LeafInfluence vectors = LeafInfluence.open(leaf, query.influence().field());
    int doc = hit.docId() - leaf.docBase;
    return HitError.of(query.gradient(), vectors, doc, influence, this::check);
  }
}
