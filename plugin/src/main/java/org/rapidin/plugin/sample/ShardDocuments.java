package org.rapidin.plugin.sample;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.index.shard.ShardId;

/** The ids of documents of a shard, and the node that has a copy of it. */
public record ShardDocuments(ShardId shard, String node, List<String> ids) {
  private record Copy(ShardId shard, String node) {}

  /** Groups documents by shard, in the order of the first of each. */
  public static List<ShardDocuments> of(List<RandomDocuments.Drawn> documents) {
    Map<Copy, List<String>> byShard = new LinkedHashMap<>();
    for (RandomDocuments.Drawn drawn : documents) {
      byShard
          .computeIfAbsent(new Copy(drawn.shard(), drawn.node()), none -> new ArrayList<>())
          .add(drawn.id());
    }
    return byShard.entrySet().stream()
        .map(
            shard ->
                new ShardDocuments(
                    shard.getKey().shard(), shard.getKey().node(), List.copyOf(shard.getValue())))
        .toList();
  }

  /**
   * Returns these documents in pieces.
   *
   * @param size documents of a piece at most
   */
  public List<ShardDocuments> pieces(int size) {
    List<ShardDocuments> pieces = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += size) {
      int to = Math.min(ids.size(), from + size);
      pieces.add(new ShardDocuments(shard, node, ids.subList(from, to)));
    }
    return pieces;
  }
}
