package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.rescore.RescoreContext;
import org.rapidin.plugin.query.AttributedInfluenceQuery;

/** Finds the influence queries of a request, wherever they stand: in the query or a rescorer. */
final class InfluenceQueries {
  private InfluenceQueries() {}

  /** All of them in order of appearance, each once. */
  static List<AttributedInfluenceQuery> of(FetchContext context) {
    List<AttributedInfluenceQuery> found = new ArrayList<>();
    // The parsed query, not context.query(): that one may be rewritten for the searcher already.
    if (context.parsedQuery() != null) {
      collect(context.parsedQuery().query(), found);
    }
    for (RescoreContext rescorer : context.rescore()) {
      rescorer.getQueries().forEach(query -> collect(query, found));
    }
    return found;
  }

  private static void collect(Query query, List<AttributedInfluenceQuery> found) {
    Set<Query> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    found.forEach(seen::add);
    query.visit(
        new QueryVisitor() {
          @Override
          public void visitLeaf(Query leaf) {
            if (leaf instanceof AttributedInfluenceQuery influence && seen.add(leaf)) {
              found.add(influence);
            }
          }

          // By default clauses that must not match are left out; a hit has an influence even so.
          @Override
          public QueryVisitor getSubVisitor(Occur occur, Query parent) {
            return this;
          }
        });
  }
}
