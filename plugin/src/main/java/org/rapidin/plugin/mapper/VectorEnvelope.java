package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.ElementType;

/**
 * A row on its way into a field, with what made it. As bytes:
 *
 * <ul>
 *   <li><b>4 bytes</b> magic, {@code RGVE}
 *   <li><b>[vint]</b> version, at least 1
 *   <li><b>[vint]</b> length of the header that follows; later versions append to the header, and a
 *       reader ignores what it does not know
 *   <li><b>[int8]</b> {@link ElementType#code}
 *   <li><b>[string]</b> id of the attributor, for messages
 *   <li><b>[string]</b> fingerprint of the attributor, or {@link VectorOrigin#FOREIGN}
 *   <li><b>[vint length, bytes]</b> digest of the text; empty if not known
 *   <li><b>to the end</b> row of {@link ElementType}
 * </ul>
 *
 * Strings and vints are written as by OpenSearch's {@code StreamOutput}.
 *
 * @param attributor id of the attributor, empty if there is none
 * @param origin which attributor made the row, from which text
 * @param elementType how the row is written
 * @param row not to be changed
 */
public record VectorEnvelope(
    String attributor, VectorOrigin origin, ElementType elementType, byte[] row) {
  private static final byte[] MAGIC = {'R', 'G', 'V', 'E'};
  private static final int VERSION = 1;

  public VectorEnvelope {
    Objects.requireNonNull(attributor, "attributor");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(elementType, "elementType");
    Objects.requireNonNull(row, "row");
  }

  /** Whether bytes begin as an envelope does. */
  static boolean isEnvelope(byte[] bytes) {
    return bytes.length > MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** Returns the envelope as bytes. */
  public byte[] toBytes() {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      out.writeBytes(MAGIC);
      VersionedBody.write(
          out,
          VERSION,
          header -> {
            header.writeByte(elementType.code());
            header.writeString(attributor);
            header.writeString(origin.fingerprint());
            header.writeByteArray(origin.textDigest());
          });
      byte[] header = BytesReference.toBytes(out.bytes());
      byte[] bytes = Arrays.copyOf(header, header.length + row.length);
      System.arraycopy(row, 0, bytes, header.length, row.length);
      return bytes;
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
  }

  /**
   * Reads what {@link #toBytes} of this or another version wrote.
   *
   * @throws IllegalArgumentException if the bytes are cut off, or the element type is not known
   */
  static VectorEnvelope read(byte[] bytes) {
    try (StreamInput in = StreamInput.wrap(bytes)) {
      in.skip(MAGIC.length);
      return VersionedBody.read(
          in,
          (version, header) -> {
            ElementType type = ElementType.ofCode(header.readByte());
            String attributor = header.readString();
            VectorOrigin origin = new VectorOrigin(header.readString(), header.readByteArray());
            return new VectorEnvelope(attributor, origin, type, rest(in));
          });
    } catch (IOException e) {
      throw new IllegalArgumentException("the vector's envelope is cut off", e);
    }
  }

  private static byte[] rest(StreamInput in) throws IOException {
    byte[] row = new byte[in.available()];
    in.readBytes(row, 0, row.length);
    return row;
  }
}
