package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * An attributor as the cluster state holds it: everything that was written, also by a later version
 * of this plugin. What this version does not know is kept and written back. An attributor whose
 * spec needs more than this version knows cannot be used here; nothing else fails because of it.
 *
 * <p>Immutable.
 */
public final class StoredAttributor implements Writeable, ToXContentObject {
  private static final int VERSION = 1;
  private static final String SPEC = "spec";
  private static final String FINGERPRINT = "fingerprint";
  private static final String SCORE_SCALE = "score_scale";

  private final String id;
  private final Map<String, Object> content;
  private final RegisteredAttributor usable;
  private final String fault;

  private StoredAttributor(String id, Map<String, Object> content) {
    this.id = id;
    this.content = content;
    RegisteredAttributor registered = null;
    String reason = null;
    try {
      registered = parse(id, content);
    } catch (IllegalArgumentException e) {
      reason = e.getMessage();
    }
    this.usable = registered;
    this.fault = reason;
  }

  /** Stores an attributor of this version. */
  static StoredAttributor of(RegisteredAttributor attributor) {
    return read(attributor.id(), attributor.toMap());
  }

  /**
   * Reads what any version wrote.
   *
   * @param content maps, lists, strings, numbers and booleans; copied
   */
  @SuppressWarnings("unchecked")
  static StoredAttributor read(String id, Map<String, Object> content) {
    return new StoredAttributor(id, (Map<String, Object>) copy(content));
  }

  /** Reads what {@link #writeTo} wrote. */
  public static StoredAttributor read(StreamInput in) throws IOException {
    return VersionedBody.read(in, (version, body) -> read(body.readString(), body.readMap()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeString(id);
          body.writeMap(content);
        });
  }

  /** Shows everything that is stored, and why this version cannot use it if it cannot. */
  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    Map<String, Object> shown = new LinkedHashMap<>(content);
    if (usable == null) {
      shown.put("unusable", fault);
    }
    return builder.map(shown);
  }

  /** The name of the attributor. */
  public String id() {
    return id;
  }

  /** Everything that was written, not to be changed. */
  public Map<String, Object> content() {
    return content;
  }

  /** Whether this version knows everything that the attributor needs. */
  public boolean isUsable() {
    return usable != null;
  }

  /**
   * Returns the attributor.
   *
   * @throws IllegalArgumentException if this version does not know what it needs; names it
   */
  public RegisteredAttributor require() {
    if (usable == null) {
      throw new IllegalArgumentException(
          "attributor [%s] was written by a later version of the plugin and cannot be used by this one: %s; upgrade the plugin on every node"
              .formatted(id, fault));
    }
    return usable;
  }

  @SuppressWarnings("unchecked")
  private static RegisteredAttributor parse(String id, Map<String, Object> content) {
    if (!(content.get(SPEC) instanceof Map<?, ?> spec)
        || !(content.get(FINGERPRINT) instanceof String fingerprint)
        || !(content.get(SCORE_SCALE) instanceof Number scoreScale)) {
      throw new IllegalArgumentException(
          "it has no %s, %s or %s that can be read".formatted(SPEC, FINGERPRINT, SCORE_SCALE));
    }
    AttributorSpec known = AttributorSpecFormat.fromMap((Map<String, Object>) spec);
    return new RegisteredAttributor(id, known, fingerprint, scoreScale.doubleValue());
  }

  /** Copies a value; whole numbers become the smallest of int and long, as parsers read them. */
  private static Object copy(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(key.toString(), copy(inner)));
        yield Collections.unmodifiableMap(copy);
      }
      case List<?> list -> {
        List<Object> copy = new ArrayList<>();
        list.forEach(inner -> copy.add(copy(inner)));
        yield Collections.unmodifiableList(copy);
      }
      case Long number when number == number.intValue() -> number.intValue();
      case null, default -> value;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredAttributor that
        && id.equals(that.id)
        && content.equals(that.content);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, content);
  }

  @Override
  public String toString() {
    return id + content;
  }
}
