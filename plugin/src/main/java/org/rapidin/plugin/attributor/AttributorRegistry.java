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
   * @param state read at each call; not to be called from a cluster state applier
   */
  public AttributorRegistry(Supplier<ClusterState> state) {
    this.state = state;
  }

  /** The attributor of this id; empty if it is not registered or this version cannot use it. */
  public Optional<RegisteredAttributor> find(String id) {
    return Optional.ofNullable(AttributorMetadata.of(state.get()).attributors().get(id));
  }

  /** Ids of all registered attributors, also of those that this version cannot use. */
  public SortedSet<String> ids() {
    return new TreeSet<>(AttributorMetadata.of(state.get()).stored().keySet());
  }

  /**
   * The attributor of this id.
   *
   * @throws IllegalArgumentException if it is not registered, naming those that are, or this
   *     version cannot use it, naming what it needs
   */
  public RegisteredAttributor require(String id) {
    StoredAttributor found = AttributorMetadata.of(state.get()).stored().get(id);
    if (found == null) {
      throw unknown(id, ids());
    }
    return found.require();
  }

  /** The sentence for an id that no attributor has. */
  public static IllegalArgumentException unknown(String id, Set<String> known) {
    return new IllegalArgumentException(
        "no attributor [%s]; known attributors: %s; create it with PUT _plugins/_rapidin/attributors/%s"
            .formatted(id, known, id));
  }
}
