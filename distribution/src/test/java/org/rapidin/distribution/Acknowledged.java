package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Writes documents until the node dies, and keeps the ids of those that were acknowledged. */
final class Acknowledged {
  private final Set<String> ids = ConcurrentHashMap.newKeySet();

  /** Writes small bulks until all documents are written or the node does not answer. */
  void write(TestNode node, List<ObjectNode> documents) {
    try {
      for (int from = 0; from < documents.size(); from += 5) {
        List<ObjectNode> part = documents.subList(from, Math.min(documents.size(), from + 5));
        remember(node.post("/train/_bulk", TestNode.bulk(part)));
      }
    } catch (Exception killed) {
      // The node died during a request, so none of its documents was acknowledged.
    }
  }

  private void remember(JsonNode answer) {
    for (JsonNode item : answer.path("items")) {
      if (item.path("index").path("status").asInt() == 201) {
        ids.add(item.path("index").path("_id").asText());
      }
    }
  }

  /** Waits until so many more documents are acknowledged, at most 30 seconds. */
  void awaitMore(int more) throws InterruptedException {
    int wanted = ids.size() + more;
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (ids.size() < wanted && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
  }

  /** The ids of acknowledged documents. */
  Set<String> ids() {
    return Set.copyOf(ids);
  }
}
