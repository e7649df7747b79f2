package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.TokenVectors;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.LateRescorers;

/**
 * Follows the searches of one index on this node: keeps fetched gradients as long as a search needs
 * them, and collects the influence of the hits on each token, or the rows that it is computed from.
 */
public final class InfluenceSearchListener implements SearchOperationListener {
  private static final Logger LOGGER = LogManager.getLogger(InfluenceSearchListener.class);

  private final Supplier<GradientHandles> handles;
  private final TrainingTexts texts;

  /**
   * @param handles the query gradients of this node
   * @param texts finds the texts of hits
   */
  public InfluenceSearchListener(Supplier<GradientHandles> handles, StoredTexts texts) {
    this.handles = handles;
    this.texts = new TrainingTexts(texts);
  }

  /** A point in time lives longer than its searches, so these rely on the time to live. */
  @Override
  public void onPreQueryPhase(SearchContext context) {
    LateRescorers.drop(context);
    boolean endsWithSearch =
        context.readerContext().singleSession() || context.scrollContext() != null;
    if (!endsWithSearch) {
      return;
    }
    for (AttributedInfluenceQuery query : queries(context)) {
      String mark = "rapidin.gradient." + query.handle().key();
      if (context.readerContext().getFromContext(mark) == null) {
        context.readerContext().putInContext(mark, true);
        handles.get().use(query.handle().key()).ifPresent(context.readerContext()::addOnClose);
      }
    }
  }

  @Override
  public void onQueryPhase(SearchContext context, long tookInNanos) {
    LateRescorers.report(context);
  }

  @Override
  public void onPreFetchPhase(SearchContext context) {
    LateRescorers.drop(context);
  }

  @Override
  public void onFetchPhase(SearchContext context, long tookInNanos) {
    SearchExtBuilder ext = context.getSearchExt(InfluenceExtBuilder.NAME);
    boolean tokens = InfluenceExtBuilder.wantsTokens(ext);
    int first = InfluenceExtBuilder.trainingTokens(ext);
    boolean modules = InfluenceExtBuilder.wantsModules(ext);
    boolean calibration = InfluenceExtBuilder.calibration(ext).isPresent();
    if (!tokens && first == 0 && !modules && !calibration) {
      return;
    }
    for (AttributedInfluenceQuery query : queries(context)) {
      if (first > 0) {
        texts.attach(context, query, first);
      }
      if (modules) {
        ModuleInfluences.attach(context, query);
      }
      if (calibration) {
        HitCalibrations.attach(context, query, handles.get());
      }
      if (tokens && query.gradient().selectedTokens() > 0) {
        collect(context, query, InfluenceExtBuilder.granularity(ext));
      }
    }
  }

  private static List<AttributedInfluenceQuery> queries(SearchContext context) {
    return InfluenceQueries.of(context.parsedQuery(), context.rescore()).stream()
        .filter(query -> query.handle() != null)
        .toList();
  }

  private void collect(
      SearchContext context, AttributedInfluenceQuery query, Granularity granularity) {
    HitTokens found = new HitTokens(query, granularity, new ArrayList<>(), new ArrayList<>());
    try {
      read(context, found);
      if (found.hits().isEmpty()) {
        return;
      }
      Optional<TokenVectors> here =
          handles.get().find(query.handle().key()).flatMap(HeldGradient::tokens);
      if (here.isPresent()) {
        found.write(here.get().influences(found.rows()));
      } else {
        new PendingTokens.Waiting(found, handles.get().reserve(found.bytes())).attach(found);
      }
    } catch (IOException | RuntimeException e) {
      // Listeners cannot fail a search; what finds this in the answer does.
      LOGGER.debug("influence on tokens failed", e);
      new PendingTokens.Failed(e).attach(found);
    }
  }

  private static void read(SearchContext context, HitTokens found) throws IOException {
    String field = found.query().influence().field();
    int dimension = found.query().influence().vector().length;
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    for (SearchHit hit : context.fetchResult().hits().getHits()) {
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
      Optional<HitRow> row =
          LeafInfluence.open(leaf, field).row(hit.docId() - leaf.docBase, dimension);
      if (row.isPresent()) {
        found.hits().add(hit);
        found.rows().add(row.get());
      }
    }
  }
}
