package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;

/**
 * The load of nodes with gradients, as far as this node knows, and which nodes lack a model.
 *
 * <p>The load of another node is what its last answer reported plus what this node has sent since;
 * a report that is older than 5 seconds no longer counts. Safe for many threads.
 */
final class NodeLoads {
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(5);
  // A model may be copied to a node at any time: a node without it is asked again after this time.
  private static final long LACKING_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final IntSupplier localLoad;
  private final LongSupplier clock;
  private final Map<String, Load> loads = new ConcurrentHashMap<>();
  private final Map<Lacking, Long> lacking = new ConcurrentHashMap<>();

  private record Lacking(String node, String fingerprint) {}

  /**
   * @param reported requests that waited or ran on the node when it last answered
   * @param reportedAt nanoseconds
   * @param sentSince requests sent after that answer that are not answered yet
   * @param outstanding all requests that are not answered yet
   */
  private record Load(int reported, long reportedAt, int sentSince, int outstanding) {
    static final Load NONE = new Load(0, Long.MIN_VALUE / 2, 0, 0);

    int at(long now) {
      return now - reportedAt < REPORT_NANOS
          ? Math.max(reported + sentSince, outstanding)
          : outstanding;
    }
  }

  /**
   * @param localLoad gradient requests that wait or run on this node now
   * @param clock nanoseconds
   */
  NodeLoads(IntSupplier localLoad, LongSupplier clock) {
    this.localLoad = localLoad;
    this.clock = clock;
  }

  /**
   * Chooses the least loaded node that is not known to lack the model: this node among equals, else
   * any of the equals. Nodes that lacked it recently come last, so that a model that has just been
   * copied is found.
   *
   * @param asked ids of nodes that are not to be chosen
   */
  Optional<DiscoveryNode> choose(DiscoveryNodes nodes, String fingerprint, Set<String> asked) {
    long now = clock.getAsLong();
    List<DiscoveryNode> candidates = new ArrayList<>();
    for (DiscoveryNode node : nodes) {
      if (!asked.contains(node.getId())) {
        candidates.add(node);
      }
    }
    Collections.shuffle(candidates);
    String local = nodes.getLocalNodeId();
    return candidates.stream()
        .min(
            Comparator.<DiscoveryNode, Boolean>comparing(
                    node -> isLacking(node.getId(), fingerprint, now))
                .thenComparing(node -> load(node.getId(), local, now))
                .thenComparing(node -> !node.getId().equals(local)));
  }

  private int load(String node, String local, long now) {
    return node.equals(local) ? localLoad.getAsInt() : loads.getOrDefault(node, Load.NONE).at(now);
  }

  private boolean isLacking(String node, String fingerprint, long now) {
    Long since = lacking.get(new Lacking(node, fingerprint));
    return since != null && now - since < LACKING_NANOS;
  }

  /** Counts a request that is sent to another node. */
  void sent(String node) {
    loads.merge(
        node,
        new Load(0, Long.MIN_VALUE / 2, 1, 1),
        (load, one) ->
            new Load(
                load.reported(), load.reportedAt(), load.sentSince() + 1, load.outstanding() + 1));
  }

  /** Counts a request as answered. */
  void ended(String node) {
    loads.computeIfPresent(
        node,
        (id, load) ->
            new Load(load.reported(), load.reportedAt(), load.sentSince(), load.outstanding() - 1));
  }

  /** Notes the load that a node's answer reports. */
  void reported(String node, int waiting) {
    long now = clock.getAsLong();
    loads.computeIfPresent(node, (id, load) -> new Load(waiting, now, 0, load.outstanding()));
  }

  /** Notes whether a node has the model of an attributor. */
  void found(String node, String fingerprint, boolean has) {
    if (has) {
      lacking.remove(new Lacking(node, fingerprint));
    } else {
      lacking.put(new Lacking(node, fingerprint), clock.getAsLong());
    }
  }

  /** Forgets nodes that have left the cluster. */
  void retain(DiscoveryNodes nodes) {
    loads.keySet().removeIf(node -> !nodes.nodeExists(node));
    lacking.keySet().removeIf(entry -> !nodes.nodeExists(entry.node()));
  }
}
