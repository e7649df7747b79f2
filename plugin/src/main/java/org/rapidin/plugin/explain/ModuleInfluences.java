package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;

/** The influence of hits through each module; over the modules it adds up to their influence. */
final class ModuleInfluences {
  /** Each has an object for each module, and a row that is read. */
  static final int MAX_HITS = 100;

  private static final String TOO_MANY =
      "[ext.influence.modules] is for the first %s hits of a shard: ask for fewer hits"
          .formatted(MAX_HITS);

  private ModuleInfluences() {}

  /**
   * Writes the influences into the hits that a shard has fetched. What fails stands in the hit,
   * because a listener cannot fail a search. Stops when the search is cancelled, which then has no
   * answer.
   */
  static void attach(SearchContext context, AttributedInfluenceQuery query) {
    String name = ClauseNames.modules(query.name());
    int computed = 0;
    for (SearchHit hit : context.fetchResult().hits().getHits()) {
      DocumentField raw = hit.field(ClauseNames.influence(query.name()));
      if (context.isCancelled()) {
        return;
      }
      if (raw != null) {
        double influence = ((Number) raw.getValue()).doubleValue();
        List<Object> values =
            computed++ < MAX_HITS ? values(context, query, hit, influence) : error(TOO_MANY);
        hit.setDocumentField(name, new DocumentField(name, values));
      }
    }
  }

  private static List<Object> values(
      SearchContext context, AttributedInfluenceQuery query, SearchHit hit, double influence) {
    if (query.gradient().parts().isEmpty()) {
      return error(
          "the influence through modules is known where the attributor's compression keeps them apart, as logra, trackstar and identity do, and the query has texts");
    }
    try {
      Optional<HitRow> row = row(context, query, hit);
      return row.isEmpty() ? List.of() : entries(nearest(query, row.get().values(), influence));
    } catch (IOException | RuntimeException e) {
      return error(e.getMessage());
    }
  }

  private static List<Object> error(String reason) {
    return List.of(Map.of("error", reason));
  }

  private static Optional<HitRow> row(
      SearchContext context, AttributedInfluenceQuery query, SearchHit hit) throws IOException {
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
    return LeafInfluence.open(leaf, query.influence().field())
        .row(hit.docId() - leaf.docBase, query.influence().vector().length);
  }

  /** Of several vectors, those of the one that gave the hit its influence. */
  private static Map<String, Double> nearest(
      AttributedInfluenceQuery query, float[] row, double influence) {
    Map<String, Double> found = Map.of();
    double least = Double.POSITIVE_INFINITY;
    for (float[] vector : query.gradient().vectors()) {
      Map<String, Double> byModule = products(query.gradient().parts(), row, vector);
      double sum = byModule.values().stream().mapToDouble(Double::doubleValue).sum();
      if (Math.abs(sum - influence) < least) {
        least = Math.abs(sum - influence);
        found = byModule;
      }
    }
    return found;
  }

  private static Map<String, Double> products(List<ModulePart> parts, float[] row, float[] vector) {
    Map<String, Double> products = new LinkedHashMap<>();
    for (ModulePart part : parts) {
      double product = 0;
      for (int k = part.from(); k < part.to(); k++) {
        product += (double) row[k] * vector[k];
      }
      products.merge(part.module(), product, Double::sum);
    }
    return products;
  }

  private static List<Object> entries(Map<String, Double> byModule) {
    List<Object> entries = new ArrayList<>();
    byModule.forEach(
        (module, influence) -> {
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("module", module);
          entry.put("influence", influence);
          entries.add(entry);
        });
    return entries;
  }
}
