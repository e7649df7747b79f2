package org.rapidin.plugin.guard;

import java.util.Map;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.scorer.ElementType;

/** A node with room for three vectors keeps them reserved from batch to batch of a bulk. */
public class BulkMemoryTests extends TinyNodeTestCase {
  private static final int DIMENSION = 256;

  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(
            VectorMemory.LIMIT.getKey(),
            // Three vectors, and the texts that are being computed.
            VectorReservation.bytesPerDocument(ElementType.FLOAT16, DIMENSION) * 7 / 2 + "b")
        .build();
  }

  public void testWhatIsBeyondTheLimitIs429PerItemAndFreeForTheNextBulk() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline(
        "influence",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"batch_size\":1}}]}");
    createIndex("train", "demo", "influence");
    for (int round = 0; round < 2; round++) {
      BulkRequestBuilder bulk = client().prepareBulk();
      for (int i = 0; i < 8; i++) {
        bulk.add(
            client()
                .prepareIndex("train")
                .setSource(Map.of("instruction", "say " + i, "output", "number " + i)));
      }
      int stored = 0;
      for (BulkItemResponse item : bulk.get().getItems()) {
        if (item.isFailed()) {
          assertEquals(item.getFailureMessage(), RestStatus.TOO_MANY_REQUESTS, item.status());
          assertTrue(item.getFailureMessage().contains("no memory for this document's vector"));
        } else {
          stored++;
        }
      }
      assertEquals(3, stored);
    }
  }
}
