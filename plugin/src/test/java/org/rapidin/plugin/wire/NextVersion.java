package org.rapidin.plugin.wire;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;

/** The next version of a message appends a field to its versioned body. */
public final class NextVersion {
  private NextVersion() {}

  /**
   * Requires that a message is read as it was written, by this and by the next version.
   *
   * @param prefix bytes before the versioned body
   */
  public static <T extends Writeable> void assertIsRead(
      T message, int prefix, Writeable.Reader<T> reader) throws IOException {
    BytesReference written = bytes(message);
    for (BytesReference bytes : new BytesReference[] {written, next(written, prefix)}) {
      try (StreamInput in = bytes.streamInput()) {
        T read = reader.read(in);
        assertEquals(written, bytes(read));
        if (message instanceof Record) { // compares all that it holds
          assertEquals(message, read);
        }
        assertEquals(-1, in.read());
      }
    }
  }

  private static BytesReference next(BytesReference written, int prefix) throws IOException {
    try (StreamInput in = written.slice(prefix, written.length() - prefix).streamInput();
        BytesStreamOutput out = new BytesStreamOutput();
        BytesStreamOutput body = new BytesStreamOutput()) {
      out.write(BytesReference.toBytes(written.slice(0, prefix)));
      int version = in.readVInt();
      in.readBytesReference().writeTo(body);
      body.writeString("a field that this version does not know");
      out.writeVInt(version + 1);
      out.writeBytesReference(body.bytes());
      in.transferTo(out);
      return out.bytes();
    }
  }

  /** A message as it is sent. */
  public static BytesReference bytes(Writeable message) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      message.writeTo(out);
      return out.bytes();
    }
  }
}
