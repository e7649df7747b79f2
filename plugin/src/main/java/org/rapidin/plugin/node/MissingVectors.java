package org.rapidin.plugin.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.MultiSearchResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Counts documents that have no vector, in every open index with a gradient field: they were
 * indexed around the pipeline, and no query finds them. Counts as the user who asks.
 */
public final class MissingVectors {
  private final Supplier<ClusterState> state;
  private final GradientMappings mappings = new GradientMappings();

  /**
   * @param state of the cluster, as this node sees it now
   */
  public MissingVectors(Supplier<ClusterState> state) {
    this.state = state;
  }

  private record Target(String index, String field) {}

  /**
   * Counts.
   *
   * @param listener receives index → gradient field → documents without a vector; what could not be
   *     counted (no permission, no shard) is left out
   */
  public void count(Client client, ActionListener<SortedMap<String, Map<String, Long>>> listener) {
    List<Target> targets = targets();
    if (targets.isEmpty()) {
      listener.onResponse(new TreeMap<>());
      return;
    }
    MultiSearchRequest searches = new MultiSearchRequest();
    targets.forEach(target -> searches.add(search(target)));
    client.multiSearch(searches, ActionListener.map(listener, counts -> byIndex(targets, counts)));
  }

  private List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    for (IndexMetadata index : state.get().metadata()) {
      if (index.getState() == IndexMetadata.State.OPEN) {
        String name = index.getIndex().getName();
        mappings.gradients(index).forEach(field -> targets.add(new Target(name, field)));
      }
    }
    return targets;
  }

  private static SearchRequest search(Target target) {
    return new SearchRequest(target.index())
        .source(
            new SearchSourceBuilder()
                .size(0)
                .trackTotalHits(true)
                .query(
                    QueryBuilders.boolQuery().mustNot(QueryBuilders.existsQuery(target.field()))));
  }

  private static SortedMap<String, Map<String, Long>> byIndex(
      List<Target> targets, MultiSearchResponse counts) {
    SortedMap<String, Map<String, Long>> byIndex = new TreeMap<>();
    for (int i = 0; i < targets.size(); i++) {
      MultiSearchResponse.Item item = counts.getResponses()[i];
      if (!item.isFailure()) {
        byIndex
            .computeIfAbsent(targets.get(i).index(), index -> new TreeMap<>())
            .put(targets.get(i).field(), item.getResponse().getHits().getTotalHits().value());
      }
    }
    return byIndex;
  }
}
