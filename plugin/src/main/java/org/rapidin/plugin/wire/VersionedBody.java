package org.rapidin.plugin.wire;

import java.io.IOException;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * A message body that starts with a version and its length: {@code vint version, vint length,
 * bytes}. A newer version may append fields; an older reader ignores what it does not know, and
 * what follows the body is still read correctly.
 */
public final class VersionedBody {
  private VersionedBody() {}

  /** Reads a body that was written by the given version. */
  @FunctionalInterface
  public interface Reader<T> {
    /**
     * @param version of the writer, at least 1
     * @param body ends where the body ends
     */
    T read(int version, StreamInput body) throws IOException;
  }

  /**
   * Writes a body.
   *
   * @param version of the body's layout, at least 1
   * @param body writes the fields; a later version only appends to them
   */
  public static void write(StreamOutput out, int version, Writeable body) throws IOException {
    try (BytesStreamOutput bytes = new BytesStreamOutput()) {
      bytes.setVersion(out.getVersion());
      body.writeTo(bytes);
      out.writeVInt(version);
      out.writeBytesReference(bytes.bytes());
    }
  }

  /** Reads a body and skips the fields that the reader left. */
  public static <T> T read(StreamInput in, Reader<T> reader) throws IOException {
    int version = in.readVInt();
    try (StreamInput body = in.readBytesReference().streamInput()) {
      body.setVersion(in.getVersion());
      return reader.read(version, body);
    }
  }
}
