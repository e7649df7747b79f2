package org.rapidin.benchmarks.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The loads of an index, in turn in each round: influence searches with gradients that the node
 * keeps by 1, 4 and 16 clients, such searches with new texts, and match queries alone and next to
 * 16 influence searches.
 */
public final class StoredSearches {
  /** Searches with new texts by one client. */
  public static final String NEW_TEXT = "new texts, 1 client";

  /** Match queries by one client. */
  public static final String ALONE = "match, alone";

  /** The same while influence searches run. */
  public static final String UNDER_LOAD = "match, next to 16 influence searches";

  private static final int[] CLIENTS = {1, 4, 16};
  private static final int MANY = 16;
  private static final int KNOWN = 7;

  private final StoredIndex index;
  private final Duration time;
  private final AtomicInteger sent = new AtomicInteger();
  private final Map<String, SearchRounds> loads = new LinkedHashMap<>();
  private long bytesRead;
  private long gradientMillis;
  private long mappedRows;
  private long copiedRows;

  /**
   * @param time of each load in each round
   */
  public StoredSearches(StoredIndex index, Duration time) {
    this.index = index;
    this.time = time;
  }

  /** The name of the load of clients whose gradients the node keeps. */
  public static String known(int clients) {
    return "known gradients, %s client%s".formatted(clients, clients == 1 ? "" : "s");
  }

  /** Warms up and measures. */
  public void run(int rounds) throws IOException, InterruptedException {
    SearchLoad.run(index.node(), 1, time, this::known);
    JsonNode before = index.node().stats().path("cpu_scans");
    for (int round = 0; round < rounds; round++) {
      influences();
      run(ALONE, 1, this::match);
      try (SearchLoad influences = SearchLoad.start(index.node(), MANY, this::known)) {
        Thread.sleep(1000);
        run(UNDER_LOAD, 1, this::match);
        influences.stop();
      }
    }
    JsonNode after = index.node().stats().path("cpu_scans");
    mappedRows = after.path("mapped_rows").asLong() - before.path("mapped_rows").asLong();
    copiedRows = after.path("copied_rows").asLong() - before.path("copied_rows").asLong();
  }

  private void influences() throws IOException, InterruptedException {
    for (int clients : CLIENTS) {
      long read = index.bytesRead();
      run(known(clients), clients, this::known);
      bytesRead += clients == 1 ? index.bytesRead() - read : 0;
    }
    long computed = computedMillis();
    run(NEW_TEXT, 1, this::unknown);
    gradientMillis += computedMillis() - computed;
  }

  private void run(String name, int clients, Supplier<String> searches)
      throws IOException, InterruptedException {
    loads
        .computeIfAbsent(name, none -> new SearchRounds())
        .add(SearchLoad.run(index.node(), clients, time, searches));
  }

  /** The rounds of a load. */
  public SearchRounds of(String name) {
    return loads.get(name);
  }

  /** Bytes that one search of one client read from disks, if the node keeps its gradient. */
  public double bytesReadBySearch() {
    return (double) bytesRead / of(known(1)).searches();
  }

  /** Time that the gradient of a new text took, in milliseconds. */
  public double gradientMillis() {
    return (double) gradientMillis / of(NEW_TEXT).searches();
  }

  /** Rows that scans on the CPU scored where they are mapped. */
  public long mappedRows() {
    return mappedRows;
  }

  /** Rows that scans on the CPU scored after they were copied. */
  public long copiedRows() {
    return copiedRows;
  }

  private String known() {
    return StoredIndex.influence(-1 - sent.getAndIncrement() % KNOWN);
  }

  private String unknown() {
    return StoredIndex.influence(sent.getAndIncrement());
  }

  private String match() {
    return StoredIndex.match(sent.getAndIncrement());
  }

  private long computedMillis() throws IOException, InterruptedException {
    return index.node().stats().at("/gradients/computing_time_in_millis").asLong();
  }
}
