package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.search.SearchLoad;
import org.rapidin.benchmarks.search.SearchRounds;
import org.rapidin.benchmarks.search.SearchTimes;
import org.rapidin.benchmarks.search.StoredIndex;
import org.rapidin.benchmarks.search.StoredSearches;
import org.rapidin.benchmarks.text.TextOptions;

/** Searches through REST on the same vectors in more shards of one node. */
final class ShardJob {
  private static final int[] SHARDS = {1, 2, 4, 8};
  private static final int[] CLIENTS = {1, 16};
  private static final int KNOWN = 7;

  private final TextOptions texts;
  private final SearchOptions options;
  private final Report report;

  ShardJob(TextOptions texts, SearchOptions options, Report report) {
    this.texts = texts;
    this.options = options;
    this.report = report;
  }

  /** Measures the smallest index that the part of searches measures. */
  void measure() throws Exception {
    int rows = options.sizes().getFirst();
    report.section("Growth in shards, n = %,d".formatted(rows));
    Map<Integer, SearchRounds> ofOne = new LinkedHashMap<>();
    for (int shards : SHARDS) {
      try (StoredIndex index = StoredIndex.start(texts.model(), texts.attributor(), shards)) {
        index.growTo(rows);
        measure(index, shards, ofOne);
      }
    }
    report.note(
        "Known gradients; one segment a shard. A node of its own for each number of shards, one after another, so that other load on the machine may differ between them.");
  }

  private void measure(StoredIndex index, int shards, Map<Integer, SearchRounds> ofOne)
      throws Exception {
    Map<Integer, SearchRounds> rounds = new LinkedHashMap<>();
    run(index, 1);
    for (int round = 0; round < Turns.ROUNDS; round++) {
      for (int clients : CLIENTS) {
        rounds.computeIfAbsent(clients, none -> new SearchRounds()).add(run(index, clients));
      }
    }
    for (int clients : CLIENTS) {
      SearchRounds these = rounds.get(clients);
      ObjectNode row = report.row(StoredSearches.known(clients)).put("shards", shards);
      these.describe(row);
      SearchRounds one = ofOne.computeIfAbsent(clients, none -> these);
      report.add(row.put("p50 of 1 shard", these.percentile(0.5) / one.percentile(0.5)));
    }
  }

  private SearchTimes run(StoredIndex index, int clients) throws Exception {
    AtomicInteger sent = new AtomicInteger();
    return SearchLoad.run(
        index.node(),
        clients,
        options.time(),
        () -> StoredIndex.influence(sent.getAndIncrement() % KNOWN));
  }
}
