package org.rapidin.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.rapidin.distribution.ApiException;
import org.rapidin.distribution.OpenSearchClient;

/**
 * Sends documents in bulks from several clients at once. A document that is answered with 429 is
 * sent again after a pause, as a real client does.
 */
public final class BulkRun {
  private static final int TOO_MANY = 429;
  private static final long PAUSE_MILLIS = 500;

  private final OpenSearchClient client;
  private final String index;
  private final AtomicInteger rejected = new AtomicInteger();

  /**
   * @param client of the node
   * @param index that the documents are written to
   */
  public BulkRun(OpenSearchClient client, String index) {
    this.client = client;
    this.index = index;
  }

  /**
   * What was measured.
   *
   * @param documents stored
   * @param rejected answers with 429, each of which was sent again
   */
  public record Result(int documents, int rejected, double seconds) {

    /** Stored documents per second. */
    public double documentsPerSecond() {
      return documents / seconds;
    }
  }

  /**
   * Stores all documents.
   *
   * @param documents one JSON object each
   * @param bulkSize documents of one request
   * @param clients requests under way at once
   * @throws IOException if a document fails; has the first reason
   */
  public Result send(List<String> documents, int bulkSize, int clients)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    try (ExecutorService senders = Executors.newFixedThreadPool(clients)) {
      List<Future<Void>> bulks = new ArrayList<>();
      for (int from = 0; from < documents.size(); from += bulkSize) {
        List<String> bulk = documents.subList(from, Math.min(documents.size(), from + bulkSize));
        bulks.add(senders.submit(() -> store(bulk)));
      }
      for (Future<Void> bulk : bulks) {
        await(bulk, senders);
      }
    }
    return new Result(documents.size(), rejected.get(), (System.nanoTime() - begin) / 1e9);
  }

  private static void await(Future<Void> bulk, ExecutorService senders)
      throws IOException, InterruptedException {
    try {
      bulk.get();
    } catch (ExecutionException failed) {
      senders.shutdownNow();
      // Some causes, as of a connection that was closed, have no message.
      throw new IOException("a bulk failed: " + failed.getCause(), failed.getCause());
    }
  }

  private Void store(List<String> documents) throws IOException, InterruptedException {
    List<String> left = documents;
    while (!left.isEmpty()) {
      left = rejectedOf(left);
      if (!left.isEmpty()) {
        Thread.sleep(PAUSE_MILLIS);
      }
    }
    return null;
  }

  /** Sends one bulk and returns the documents that were answered with 429. */
  private List<String> rejectedOf(List<String> documents) throws IOException, InterruptedException {
    JsonNode answer;
    try {
      answer = client.send("POST", "/" + index + "/_bulk", body(documents));
    } catch (ApiException refused) {
      if (refused.status() != TOO_MANY) {
        throw refused;
      }
      rejected.addAndGet(documents.size());
      return documents;
    }
    List<String> again = new ArrayList<>();
    int position = 0;
    for (JsonNode item : answer.path("items")) {
      JsonNode result = item.path("index");
      if (result.path("status").asInt() == TOO_MANY) {
        rejected.incrementAndGet();
        again.add(documents.get(position));
      } else if (result.has("error")) {
        throw new IOException(
            "document %d of a bulk failed: %s"
                .formatted(position, result.path("error").path("reason").asText()));
      }
      position++;
    }
    return again;
  }

  private static String body(List<String> documents) {
    StringBuilder body = new StringBuilder();
    for (String document : documents) {
      body.append("{\"index\":{}}\n").append(document).append('\n');
    }
    return body.toString();
  }
}
