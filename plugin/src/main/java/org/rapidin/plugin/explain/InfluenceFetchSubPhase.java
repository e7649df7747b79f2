package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;
import org.rapidin.plugin.query.QueryVector;
import org.rapidin.plugin.query.TokenGradient;

/**
 * Adds to every returned hit the raw signed influence of each influence query of the request: field
 * {@code influence}, or {@code influence.<_name>}; and where token gradients came along, {@code
 * influence_tokens} with one entry per generated token. Documents without a vector get neither.
 */
public final class InfluenceFetchSubPhase implements FetchSubPhase {
  @Override
  public FetchSubPhaseProcessor getProcessor(FetchContext context) {
    List<AttributedInfluenceQuery> queries = InfluenceQueries.of(context);
    return queries.isEmpty() ? null : new Processor(queries);
  }

  private static final class Processor implements FetchSubPhaseProcessor {
    private final List<AttributedInfluenceQuery> queries;
    private List<LeafInfluence> leaves = List.of();

    Processor(List<AttributedInfluenceQuery> queries) {
      this.queries = queries;
    }

    @Override
    public void setNextReader(LeafReaderContext context) throws IOException {
      List<LeafInfluence> opened = new ArrayList<>();
      for (AttributedInfluenceQuery query : queries) {
        opened.add(LeafInfluence.open(context, query.influence().field()));
      }
      leaves = opened;
    }

    @Override
    public void process(HitContext hit) throws IOException {
      for (int i = 0; i < leaves.size(); i++) {
        AttributedInfluenceQuery query = queries.get(i);
        OptionalDouble raw = leaves.get(i).product(hit.docId(), query.influence().vector());
        if (raw.isPresent()) {
          add(hit.hit(), ClauseNames.influence(query.name()), List.of(raw.getAsDouble()));
          if (!query.gradient().tokens().isEmpty()) {
            add(
                hit.hit(),
                ClauseNames.tokens(query.name()),
                tokens(query, leaves.get(i), hit.docId()));
          }
        }
      }
    }

    private static List<Object> tokens(AttributedInfluenceQuery query, LeafInfluence leaf, int doc)
        throws IOException {
      List<Object> tokens = new ArrayList<>();
      for (TokenGradient token : query.gradient().tokens()) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("token", token.text());
        QueryVector vector = token.vector();
        if (vector != null) {
          leaf.product(doc, vector.values()).ifPresent(raw -> entry.put("influence", raw));
        }
        tokens.add(entry);
      }
      return tokens;
    }

    private static void add(SearchHit hit, String name, List<Object> values) {
      if (hit.field(name) != null) {
        throw new IllegalArgumentException(
            "hits already have a field [%s], which is also the name of their influence: leave it out of the search's fields, or give the [influence] clause another [_name]"
                .formatted(name));
      }
      hit.setDocumentField(name, new DocumentField(name, values));
    }
  }
}
