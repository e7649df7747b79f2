package org.rapidin.plugin.guard;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * A vector's bytes as the value of a field of a document that is being written. JSON has them as
 * base64: the JDK makes it several times as fast as the JSON generator, which is also kept from
 * searching it for characters to escape.
 *
 * @param bytes the envelope
 */
record DocumentVector(byte[] bytes) implements ToXContent {
  private static final byte[] QUOTE = {'"'};

  /** Bytes that the value takes in a JSON document. */
  int room() {
    return Math.ceilDiv(bytes.length, 3) * 4 + 2 * QUOTE.length;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (!builder.contentType().equals(MediaTypeRegistry.JSON)) {
      return builder.value(bytes);
    }
    List<InputStream> parts =
        List.of(
            new ByteArrayInputStream(QUOTE),
            new ByteArrayInputStream(Base64.getEncoder().encode(bytes)),
            new ByteArrayInputStream(QUOTE));
    return builder.rawValue(
        new SequenceInputStream(Collections.enumeration(parts)), MediaTypeRegistry.JSON);
  }
}
