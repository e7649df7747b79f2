package org.rapidin.benchmarks.search;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.ApiException;

/** Clients each of which sends one search after another until the load is stopped. */
public final class SearchLoad implements AutoCloseable {
  private final BenchNode node;
  private final Supplier<String> searches;
  private final List<Thread> clients = new ArrayList<>();
  private final Queue<Double> millis = new ConcurrentLinkedQueue<>();
  private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
  private final long begin = System.nanoTime();
  private volatile boolean stopped;

  private SearchLoad(BenchNode node, Supplier<String> searches) {
    this.node = node;
    this.searches = searches;
  }

  /**
   * Starts clients.
   *
   * @param clients how many searches are under way at once
   * @param searches bodies; called by several threads
   */
  public static SearchLoad start(BenchNode node, int clients, Supplier<String> searches) {
    SearchLoad load = new SearchLoad(node, searches);
    for (int i = 0; i < clients; i++) {
      load.clients.add(Thread.ofPlatform().name("client-" + i).start(load::search));
    }
    return load;
  }

  /** Runs clients for some time; each sends at least one search. */
  public static SearchTimes run(
      BenchNode node, int clients, Duration time, Supplier<String> searches)
      throws IOException, InterruptedException {
    try (SearchLoad load = start(node, clients, searches)) {
      Thread.sleep(time);
      return load.stop();
    }
  }

  private void search() {
    String path = "/" + BenchNode.NAME + "/_search?request_cache=false";
    try {
      do {
        long sent = System.nanoTime();
        node.client().send("POST", path, searches.get());
        millis.add((System.nanoTime() - sent) / 1e6);
      } while (!stopped);
    } catch (IOException | ApiException failed) {
      failures.add(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits for the searches under way.
   *
   * @throws IOException if a search failed
   */
  public SearchTimes stop() throws IOException, InterruptedException {
    close();
    if (!failures.isEmpty()) {
      throw new IOException("a search failed: " + failures.peek(), failures.peek());
    }
    return new SearchTimes(List.copyOf(millis), (System.nanoTime() - begin) / 1e9);
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread client : clients) {
      client.join();
    }
  }
}
