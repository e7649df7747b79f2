package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.ResolvedAttributor;

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
  private static final String SPEC = "spec";
  private static final String FINGERPRINT = "fingerprint";
  private static final String SCORE_SCALE = "score_scale";

  public RegisteredAttributor {
    requireId(id);
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(fingerprint, "fingerprint");
    if (!(scoreScale > 0) || Double.isInfinite(scoreScale)) {
      throw new IllegalArgumentException(
          "score scale of attributor [" + id + "] must be more than 0, got " + scoreScale);
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
          "attributor id must be 1 to 128 letters, digits, '.', '_', '-', got [" + id + "]");
    }
  }

  /**
   * Reads what {@link #writeTo} wrote.
   *
   * @throws IOException if the stream ends or the spec in it is not one
   */
  public RegisteredAttributor(StreamInput in) throws IOException {
    this(
        in.readString(),
        AttributorSpecFormat.fromMap(in.readMap()),
        in.readString(),
        in.readDouble());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(id);
    out.writeMap(AttributorSpecFormat.toMap(spec));
    out.writeString(fingerprint);
    out.writeDouble(scoreScale);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field(SPEC, AttributorSpecFormat.toMap(spec))
        .field(FINGERPRINT, fingerprint)
        .field(SCORE_SCALE, scoreScale)
        .endObject();
  }

  /**
   * Reads what {@link #toXContent} wrote.
   *
   * @param id the name under which the object stood
   * @throws IOException if the content is not readable
   */
  static RegisteredAttributor fromXContent(String id, XContentParser parser) throws IOException {
    return fromMap(id, parser.map());
  }

  @SuppressWarnings("unchecked")
  private static RegisteredAttributor fromMap(String id, Map<String, Object> map) {
    return new RegisteredAttributor(
        id,
        AttributorSpecFormat.fromMap((Map<String, Object>) map.get(SPEC)),
        (String) map.get(FINGERPRINT),
        ((Number) map.get(SCORE_SCALE)).doubleValue());
  }
}
