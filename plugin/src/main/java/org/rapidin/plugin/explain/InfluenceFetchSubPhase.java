package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.lucene.RawInfluence;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;

/**
 * Adds to every fetched hit the raw signed influence of each influence query of the request: field
 * {@code influence}, or {@code influence.<_name>}; and of normalized ones {@code
 * influence_normalized}. Documents without a vector have no such field.
 */
public final class InfluenceFetchSubPhase implements FetchSubPhase {

  @Override
  public FetchSubPhaseProcessor getProcessor(FetchContext context) {
    List<AttributedInfluenceQuery> queries =
        InfluenceQueries.of(context.parsedQuery(), context.rescore());
    return queries.isEmpty() ? null : new Processor(queries);
  }

  private static final class Processor implements FetchSubPhaseProcessor {
    private final List<AttributedInfluenceQuery> queries;
    private final List<RawInfluence> influences;
    private List<LeafInfluence> leaves = List.of();

    Processor(List<AttributedInfluenceQuery> queries) {
      this.queries = queries;
      this.influences = queries.stream().map(query -> new RawInfluence(query.influence())).toList();
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
        OptionalDouble raw = leaves.get(i).product(hit.docId(), influences.get(i));
        if (raw.isPresent()) {
          add(hit, ClauseNames.influence(query.name()), raw.getAsDouble());
          addNormalized(hit, query, leaves.get(i), raw.getAsDouble());
        }
      }
    }

    private static void addNormalized(
        HitContext hit, AttributedInfluenceQuery query, LeafInfluence leaf, double raw)
        throws IOException {
      OptionalDouble measure = leaf.measure(hit.docId(), query.influence());
      if (measure.isPresent()) {
        double document = measure.getAsDouble();
        double other = query.influence().normalization().query();
        add(hit, ClauseNames.normalized(query.name()), document == 0 ? 0 : raw / document / other);
      }
    }

    private static void add(HitContext hit, String name, double value) {
      if (hit.hit().field(name) != null) {
        throw new IllegalArgumentException(
            "hits already have a field [%s], which is also the name of their influence: leave it out of the search's fields, or give the [influence] clause another [_name]"
                .formatted(name));
      }
      hit.hit().setDocumentField(name, new DocumentField(name, List.of(value)));
    }
  }
}
