package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.search.rescore.RescoreContext;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;

/** Finds the influence queries of a request, in the query and in rescorers. */
final class InfluenceQueries {
  private InfluenceQueries() {}

  /**
   * Returns them in order of appearance, one per name.
   *
   * @param parsed the query before it is rewritten for a searcher, or null
   * @throws IllegalArgumentException if two different influences have the same name or none; the
   *     coordinating node refuses this earlier where it sees both clauses
   */
  static List<AttributedInfluenceQuery> of(ParsedQuery parsed, List<RescoreContext> rescorers) {
    List<AttributedInfluenceQuery> found = new ArrayList<>();
    if (parsed != null) {
      collect(parsed.query(), found);
    }
    for (RescoreContext rescorer : rescorers) {
      rescorer.getQueries().forEach(query -> collect(query, found));
    }
    return onePerName(found);
  }

  private static List<AttributedInfluenceQuery> onePerName(List<AttributedInfluenceQuery> found) {
    Map<String, AttributedInfluenceQuery> first = new LinkedHashMap<>();
    for (AttributedInfluenceQuery query : found) {
      AttributedInfluenceQuery other = first.putIfAbsent(query.name(), query);
      if (other != null && !other.sameInfluence(query)) {
        throw new IllegalArgumentException(
            "two [influence] clauses would both fill the field [%s] of a hit: give each clause a [_name] of its own"
                .formatted(ClauseNames.influence(query.name())));
      }
    }
    return List.copyOf(first.values());
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

          // By default must_not clauses are skipped; a hit has an influence for them too.
          @Override
          public QueryVisitor getSubVisitor(Occur occur, Query parent) {
            return this;
          }
        });
  }
}
