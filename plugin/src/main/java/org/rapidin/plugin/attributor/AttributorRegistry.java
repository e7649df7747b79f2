package org.rapidin.plugin.attributor;

import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.opensearch.cluster.ClusterState;

/** The attributors of the cluster, as this node sees them now. Safe for many threads. */
public final class AttributorRegistry {
  private final Supplier<ClusterState> state;

  /**
   * Looks into a cluster state.
   *
   * @param state asked anew at each call; not to be called from a cluster state applier
   */
  public AttributorRegistry(Supplier<ClusterState> state) {
    this.state = state;
  }

  /** The attributor of this id, if it is registered. */
  public Optional<RegisteredAttributor> find(String id) {
    return Optional.ofNullable(AttributorMetadata.of(state.get()).attributors().get(id));
  }

  /** Ids of all registered attributors. */
  public SortedSet<String> ids() {
    return new TreeSet<>(AttributorMetadata.of(state.get()).attributors().keySet());
  }

  /**
   * The attributor of this id.
   *
   * @throws IllegalArgumentException if it is not registered; names those that are
   */
  public RegisteredAttributor require(String id) {
    return find(id).orElseThrow(() -> unknown(id, ids()));
  }

  /** The sentence for an id that no attributor has. */
  public static IllegalArgumentException unknown(String id, Set<String> known) {
    return new IllegalArgumentException(
        "no attributor ["
            + id
            + "]; known attributors: "
            + known
            + "; create it with PUT _plugins/_rapidin/attributors/"
            + id);
  }
}
