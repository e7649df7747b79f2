package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensearch.Version;
import org.opensearch.cluster.AbstractNamedDiffable;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.NamedDiff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * All attributors of the cluster, a part of the cluster state: it survives restarts and travels
 * with snapshots of the global state. Immutable.
 *
 * <p>On the wire and on disk it is {@code {"version": 1, "attributors": {id: {...}}, ...}}. Keys
 * that this version does not know are kept and written back, so that an upgrade can be rolling and
 * a downgrade loses nothing.
 */
public final class AttributorMetadata extends AbstractNamedDiffable<Metadata.Custom>
    implements Metadata.Custom {
  /** Name of this part in the cluster state, on the wire and on disk. */
  public static final String TYPE = "rapidin_attributors";

  /** A cluster without attributors. */
  public static final AttributorMetadata EMPTY = new AttributorMetadata(Map.of());

  private static final int VERSION = 1;
  private static final String VERSION_KEY = "version";
  private static final String ATTRIBUTORS = "attributors";

  private final SortedMap<String, StoredAttributor> stored;
  private final Map<String, Object> others;

  /**
   * Holds these attributors.
   *
   * @param attributors by id; copied
   */
  public AttributorMetadata(Map<String, RegisteredAttributor> attributors) {
    this(stored(attributors), Map.of());
  }

  private AttributorMetadata(Map<String, StoredAttributor> stored, Map<String, Object> others) {
    this.stored = Collections.unmodifiableSortedMap(new TreeMap<>(stored));
    this.others = others;
  }

  /** Reads what {@link #writeTo} of any version wrote. */
  public AttributorMetadata(StreamInput in) throws IOException {
    this(read(in));
  }

  private static AttributorMetadata read(StreamInput in) throws IOException {
    return VersionedBody.read(in, (version, body) -> fromMap(body.readMap()));
  }

  private AttributorMetadata(AttributorMetadata same) {
    this(same.stored, same.others);
  }

  private static Map<String, StoredAttributor> stored(Map<String, RegisteredAttributor> of) {
    Map<String, StoredAttributor> stored = new TreeMap<>();
    of.forEach((id, attributor) -> stored.put(id, StoredAttributor.of(attributor)));
    return stored;
  }

  @SuppressWarnings("unchecked")
  private static AttributorMetadata fromMap(Map<String, Object> map) {
    Map<String, Object> others = new LinkedHashMap<>(map);
    Map<String, StoredAttributor> stored = new TreeMap<>();
    if (others.remove(ATTRIBUTORS) instanceof Map<?, ?> attributors) {
      ((Map<String, Map<String, Object>>) attributors)
          .forEach((id, content) -> stored.put(id, StoredAttributor.read(id, content)));
    }
    if (Integer.valueOf(VERSION).equals(others.get(VERSION_KEY))) {
      others.remove(VERSION_KEY);
    }
    return new AttributorMetadata(stored, Collections.unmodifiableMap(others));
  }

  private Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(VERSION_KEY, VERSION);
    // With the version of a later writer, if one wrote this.
    map.putAll(others);
    Map<String, Object> attributors = new LinkedHashMap<>();
    stored.forEach((id, attributor) -> attributors.put(id, attributor.content()));
    map.put(ATTRIBUTORS, attributors);
    return map;
  }

  /** The attributors in a cluster state; empty where none was ever put. */
  public static AttributorMetadata of(ClusterState state) {
    AttributorMetadata metadata = state.metadata().custom(TYPE);
    return metadata == null ? EMPTY : metadata;
  }

  /** Reads the difference to an earlier state. */
  public static NamedDiff<Metadata.Custom> readDiffFrom(StreamInput in) throws IOException {
    return readDiffFrom(Metadata.Custom.class, TYPE, in);
  }

  /** All attributors by id, also those that this version cannot use. */
  public SortedMap<String, StoredAttributor> stored() {
    return stored;
  }

  /** The attributors that this version can use, by id. */
  public SortedMap<String, RegisteredAttributor> attributors() {
    SortedMap<String, RegisteredAttributor> usable = new TreeMap<>();
    stored.forEach(
        (id, attributor) -> {
          if (attributor.isUsable()) {
            usable.put(id, attributor.require());
          }
        });
    return usable;
  }

  /** Returns these attributors and one more, which replaces one of the same id. */
  public AttributorMetadata with(RegisteredAttributor attributor) {
    Map<String, StoredAttributor> more = new TreeMap<>(stored);
    more.put(attributor.id(), StoredAttributor.of(attributor));
    return new AttributorMetadata(more, others);
  }

  /** Returns these attributors but one. */
  public AttributorMetadata without(String id) {
    Map<String, StoredAttributor> fewer = new TreeMap<>(stored);
    fewer.remove(id);
    return new AttributorMetadata(fewer, others);
  }

  /**
   * Puts this into the metadata of the cluster, or takes it out where there is no attributor left:
   * a node without the plugin cannot join a cluster whose state has this part, even an empty one.
   */
  public Metadata.Builder putInto(Metadata.Builder metadata) {
    return stored.isEmpty() ? metadata.removeCustom(TYPE) : metadata.putCustom(TYPE, this);
  }

  @Override
  public EnumSet<Metadata.XContentContext> context() {
    return Metadata.ALL_CONTEXTS;
  }

  @Override
  public String getWriteableName() {
    return TYPE;
  }

  @Override
  public Version getMinimalSupportedVersion() {
    return Version.V_3_6_0;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeMap(toMap()));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    for (Map.Entry<String, Object> entry : toMap().entrySet()) {
      builder.field(entry.getKey(), entry.getValue());
    }
    return builder;
  }

  /**
   * Reads what {@link #toXContent} of any version wrote; the parser is at the start of the
   * enclosing object, or before it.
   */
  public static AttributorMetadata fromXContent(XContentParser parser) throws IOException {
    if (parser.currentToken() == null) {
      parser.nextToken();
    }
    return fromMap(parser.mapOrdered());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AttributorMetadata that
        && stored.equals(that.stored)
        && others.equals(that.others);
  }

  @Override
  public int hashCode() {
    return Objects.hash(stored, others);
  }

  @Override
  public String toString() {
    return TYPE + stored.keySet();
  }
}
