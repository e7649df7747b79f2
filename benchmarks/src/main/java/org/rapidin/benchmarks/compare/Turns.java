package org.rapidin.benchmarks.compare;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Ways of doing the same work, measured in turn: each runs once in every round, so that other load
 * on the machine affects all of them.
 */
final class Turns {
  /** Measured rounds. */
  static final int ROUNDS = 5;

  /** The JVM compiles meanwhile. */
  private static final long WARM_UP_NANOS = 1_500_000_000L;

  private final Map<String, Way> ways = new LinkedHashMap<>();
  private final Set<String> ofPeers = new HashSet<>();

  /** One way of doing the work. */
  @FunctionalInterface
  interface Way {
    /** Does the work once. */
    Cost run() throws Exception;
  }

  void addWay(String name, Way way) {
    ways.put(name, way);
  }

  /** Adds work of a peer, which runs once before it is measured. */
  void addPeer(String name, Way way) {
    ways.put(name, way);
    ofPeers.add(name);
  }

  /** Adds work that this thread does. */
  void add(String name, Cost.Work work) {
    ways.put(name, () -> Cost.of(work));
  }

  /** Warms up and measures all; returns them in the order in which they were added. */
  Map<String, Rounds> run() throws Exception {
    Map<String, Rounds> rounds = new LinkedHashMap<>();
    for (Map.Entry<String, Way> way : ways.entrySet()) {
      if (ofPeers.contains(way.getKey())) {
        way.getValue().run();
      } else {
        warmUp(way.getValue());
      }
      rounds.put(way.getKey(), new Rounds());
    }
    for (int i = 0; i < ROUNDS; i++) {
      for (Map.Entry<String, Way> way : ways.entrySet()) {
        rounds.get(way.getKey()).add(way.getValue().run());
      }
    }
    return rounds;
  }

  private static void warmUp(Way way) throws Exception {
    long end = System.nanoTime() + WARM_UP_NANOS;
    do {
      way.run();
    } while (System.nanoTime() < end);
  }
}
