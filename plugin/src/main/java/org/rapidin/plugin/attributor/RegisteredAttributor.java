package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * An attributor as the cluster knows it: immutable, resolved once when it was put.
 *
 * @param id name by which processors, mappings and queries refer to it
 * @param spec how text becomes a vector
 * @param fingerprint SHA-256 over the spec and the model's files; equal fingerprints mean equal
 *     vectors
 * @param scoreScale s in the score's x = raw/(‖q‖·s), more than 0
 */
public record RegisteredAttributor(
    String id, AttributorSpec spec, String fingerprint, double scoreScale)
    implements Writeable, ToXContentObject {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final int VERSION = 1;

  public RegisteredAttributor {
    requireId(id);
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(fingerprint, "fingerprint");
    if (!(scoreScale > 0) || Double.isInfinite(scoreScale)) {
      throw new IllegalArgumentException(
          "score scale of attributor [%s] must be more than 0, got %s".formatted(id, scoreScale));
    }
  }

  /** What computing and storing vectors needs. */
  public ResolvedAttributor resolved() {
    return new ResolvedAttributor(id, spec, fingerprint, scoreScale);
  }

  /**
   * Checks the name of an attributor.
   *
   * @throws IllegalArgumentException if it is not 1 to 128 letters, digits, '.', '_', '-'
   */
  public static void requireId(String id) {
    if (id == null || !ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "attributor id must be 1 to 128 letters, digits, '.', '_', '-', got [%s]".formatted(id));
    }
  }

  /**
   * Reads what {@link #writeTo} wrote.
   *
   * @throws IllegalArgumentException if it was written by a later version and needs more than this
   *     one knows
   */
  public RegisteredAttributor(StreamInput in) throws IOException {
    this(read(in));
  }

  private RegisteredAttributor(RegisteredAttributor same) {
    this(same.id, same.spec, same.fingerprint, same.scoreScale);
  }

  private static RegisteredAttributor read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in, (version, body) -> StoredAttributor.read(body.readString(), body.readMap()).require());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeString(id);
          body.writeMap(toMap());
        });
  }

  /** Returns what is stored and shown of the attributor, without its id. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("spec", AttributorSpecFormat.toMap(spec));
    map.put("fingerprint", fingerprint);
    map.put("score_scale", scoreScale);
    return map;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.map(toMap());
  }
}
