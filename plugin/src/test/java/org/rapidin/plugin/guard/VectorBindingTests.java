package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.List;
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
        Object written = VectorBinding.value(bytes);
        assertEquals(
            format + ", " + length + " bytes",
            document(format, Map.of("a", bytes), List.of(bytes, "x", bytes)),
            document(format, Map.of("a", written), List.of(written, "x", written)));
      }
    }
  }

  private static BytesReference document(XContentType format, Object object, Object list)
      throws IOException {
    try (XContentBuilder builder = MediaTypeRegistry.contentBuilder(format)) {
      builder.startObject().field("object", object).field("list", list).endObject();
      return BytesReference.bytes(builder);
    }
  }
}
