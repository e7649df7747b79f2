package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
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

/**
 * All attributors of the cluster, a part of the cluster state: it survives restarts and travels
 * with snapshots of the global state. Immutable.
 */
public final class AttributorMetadata extends AbstractNamedDiffable<Metadata.Custom>
    implements Metadata.Custom {
  /** Name of this part in the cluster state, on the wire and on disk. */
  public static final String TYPE = "rapidin_attributors";

  /** A cluster without attributors. */
  public static final AttributorMetadata EMPTY = new AttributorMetadata(Map.of());

  private static final String ATTRIBUTORS = "attributors";

  private final SortedMap<String, RegisteredAttributor> attributors;

  /**
   * Holds these attributors.
   *
   * @param attributors by id; copied
   */
  public AttributorMetadata(Map<String, RegisteredAttributor> attributors) {
    this.attributors = Collections.unmodifiableSortedMap(new TreeMap<>(attributors));
  }

  /** Reads what {@link #writeTo} wrote. */
  public AttributorMetadata(StreamInput in) throws IOException {
    this(in.readMap(StreamInput::readString, RegisteredAttributor::new));
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

  /** All attributors, by id. */
  public SortedMap<String, RegisteredAttributor> attributors() {
    return attributors;
  }

  /** These attributors and one more, which replaces one of the same id. */
  public AttributorMetadata with(RegisteredAttributor attributor) {
    Map<String, RegisteredAttributor> more = new TreeMap<>(attributors);
    more.put(attributor.id(), attributor);
    return new AttributorMetadata(more);
  }

  /** These attributors but one. */
  public AttributorMetadata without(String id) {
    Map<String, RegisteredAttributor> fewer = new TreeMap<>(attributors);
    fewer.remove(id);
    return new AttributorMetadata(fewer);
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
    out.writeMap(attributors, StreamOutput::writeString, (o, attributor) -> attributor.writeTo(o));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(ATTRIBUTORS);
    for (RegisteredAttributor attributor : attributors.values()) {
      builder.field(attributor.id(), attributor);
    }
    return builder.endObject();
  }

  /** Reads what {@link #toXContent} wrote; the parser stands on the enclosing object's start. */
  public static AttributorMetadata fromXContent(XContentParser parser) throws IOException {
    Map<String, RegisteredAttributor> attributors = new TreeMap<>();
    if (parser.currentToken() == null) {
      parser.nextToken();
    }
    parser.nextToken();
    if (!ATTRIBUTORS.equals(parser.currentName())) {
      throw new IllegalArgumentException(
          "[" + TYPE + "] holds [" + parser.currentName() + "], expected [" + ATTRIBUTORS + "]");
    }
    parser.nextToken();
    while (parser.nextToken() == XContentParser.Token.FIELD_NAME) {
      String id = parser.currentName();
      parser.nextToken();
      attributors.put(id, RegisteredAttributor.fromXContent(id, parser));
    }
    parser.nextToken();
    return new AttributorMetadata(attributors);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AttributorMetadata that && attributors.equals(that.attributors);
  }

  @Override
  public int hashCode() {
    return Objects.hash(attributors);
  }

  @Override
  public String toString() {
    return TYPE + attributors.keySet();
  }
}
