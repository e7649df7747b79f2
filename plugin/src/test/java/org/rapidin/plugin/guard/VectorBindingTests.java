package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.Map;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** How a vector's bytes are written into documents. */
public class VectorBindingTests extends OpenSearchTestCase {

  public void testEveryFormatHasTheBytesAsItsGeneratorWritesThem() throws IOException {
    // Longer than the generators' buffers, and every length of the last group of base64.
    for (int length : new int[] {1, 2, 3, 100, 20_000, 131_076}) {
      byte[] bytes = randomByteArrayOfLength(length);
      for (XContentType format : XContentType.values()) {
        DocumentVector written = new DocumentVector(bytes);
        BytesReference generated = document(format, bytes);
        assertEquals(format + ", " + length + " bytes", generated, document(format, written));
      }
    }
  }

  public void testTheRoomInAJsonDocumentIsWhatTheValueTakes() throws IOException {
    for (int length = 1; length < 10; length++) {
      DocumentVector value = new DocumentVector(new byte[length]);
      int none = document(XContentType.JSON, "").length() - 4 * "\"\"".length();
      assertEquals(4L * value.room(), document(XContentType.JSON, value).length() - none);
    }
  }

  private static BytesReference document(XContentType format, Object value) throws IOException {
    try (XContentBuilder builder = MediaTypeRegistry.contentBuilder(format)) {
      builder
          .startObject()
          .field("first", value)
          .field("text", "x")
          .startArray("objects")
          .map(Map.of("of", value))
          .map(Map.of("of", value))
          .endArray()
          .field("last", value)
          .endObject();
      return BytesReference.bytes(builder);
    }
  }
}
