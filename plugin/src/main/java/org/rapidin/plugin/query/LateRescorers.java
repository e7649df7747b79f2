package org.rapidin.plugin.query;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.rescore.RescoreContext;

/**
 * Rescorers with an influence query whose time was over before its gradient, or the permit to scan,
 * was there. OpenSearch ends the query of a search at its timeout, but not its rescorers: there the
 * exception of a {@link TimedOutQuery} would fail the shard.
 */
public final class LateRescorers {
  private LateRescorers() {}

  /**
   * Takes them out of a shard's search, so that its hits stay as the query ranked them. A search
   * that does not allow partial results keeps them, and fails.
   */
  public static void drop(SearchContext context) {
    if (!Boolean.FALSE.equals(context.request().allowPartialSearchResults())) {
      context.rescore().removeIf(LateRescorers::isLate);
    }
  }

  private static boolean isLate(RescoreContext rescorer) {
    return rescorer.getQueries().stream().anyMatch(LateRescorers::isLate);
  }

  private static boolean isLate(Query query) {
    AtomicBoolean late = new AtomicBoolean();
    query.visit(
        new QueryVisitor() {
          @Override
          public void visitLeaf(Query leaf) {
            late.compareAndSet(false, leaf instanceof TimedOutQuery);
          }

          @Override
          public QueryVisitor getSubVisitor(Occur occur, Query parent) {
            return this;
          }
        });
    return late.get();
  }

  /** Says in a shard's result that the time was over, if {@link #drop} took something out. */
  public static void report(SearchContext context) {
    boolean late =
        InfluenceClauses.inRescorers(context.request().source()).stream()
            .anyMatch(clause -> clause.subject() instanceof InfluenceSubject.TimedOut);
    if (late) {
      context.queryResult().searchTimedOut(true);
    }
  }
}
