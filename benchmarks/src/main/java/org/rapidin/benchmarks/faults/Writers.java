package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.ApiException;
import org.rapidin.distribution.OpenSearchClient;

/**
 * Threads that write documents under ids of their own until they are closed, and remember which the
 * node acknowledged. Errors are ignored: the node is meant to fail.
 */
final class Writers implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final int BULK = 16;
  private static final int ACKNOWLEDGED = 201;

  private final BenchNode node;
  private final List<ObjectNode> documents;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, ObjectNode> acknowledged = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Starts writing.
   *
   * @param documents that are written again and again, each time under a new id
   * @param count of threads
   */
  Writers(BenchNode node, List<ObjectNode> documents, int count) {
    this.node = node;
    this.documents = documents;
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(this::write, "writer-" + i);
      thread.start();
      threads.add(thread);
    }
  }

  /** The acknowledged documents by id. */
  Map<String, ObjectNode> acknowledged() {
    return acknowledged;
  }

  /** Waits until so many documents are acknowledged, two minutes at most. */
  void awaitAcknowledged(int count) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (acknowledged.size() < count) {
      FaultRun.require(
          System.nanoTime() < deadline,
          "%d documents were acknowledged within %d s, %d were expected",
          acknowledged.size(),
          LIMIT.toSeconds(),
          count);
      Thread.sleep(20);
    }
  }

  private void write() {
    try (OpenSearchClient client =
        new OpenSearchClient(node.process().address(), Duration.ofSeconds(60))) {
      while (!closed) {
        try {
          bulk(client);
        } catch (IOException | ApiException failed) {
          Thread.sleep(100);
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void bulk(OpenSearchClient client) throws IOException, InterruptedException {
    StringBuilder body = new StringBuilder();
    int first = ids.getAndAdd(BULK);
    for (int i = first; i < first + BULK; i++) {
      body.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n").append(at(i)).append('\n');
    }
    JsonNode answer = client.send("POST", "/" + BenchNode.NAME + "/_bulk", body.toString());
    for (JsonNode item : answer.path("items")) {
      JsonNode result = item.path("index");
      if (result.path("status").asInt() == ACKNOWLEDGED) {
        String id = result.path("_id").asText();
        acknowledged.put(id, at(Integer.parseInt(id)));
      }
    }
  }

  private ObjectNode at(int id) {
    return documents.get(id % documents.size());
  }

  /** How many acknowledged documents the node does not have. */
  int lost() throws IOException, InterruptedException {
    List<String> all = List.copyOf(acknowledged.keySet());
    int lost = 0;
    for (int from = 0; from < all.size(); from += 500) {
      ObjectNode body = DemoNode.JSON.createObjectNode();
      ArrayNode wanted = body.putArray("ids");
      all.subList(from, Math.min(all.size(), from + 500)).forEach(wanted::add);
      String path = "/" + BenchNode.NAME + "/_mget?_source=false";
      for (JsonNode document : node.client().send("POST", path, body.toString()).path("docs")) {
        lost += document.path("found").asBoolean() ? 0 : 1;
      }
    }
    return lost;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
