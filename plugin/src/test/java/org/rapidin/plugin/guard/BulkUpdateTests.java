package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.util.Map;
import org.opensearch.action.DocWriteRequest.OpType;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.plugin.TinyNodeTestCase;

/** An update that would insert meets the same refusal as others, before any pipeline. */
public class BulkUpdateTests extends TinyNodeTestCase {

  public void testEveryFormOfUpdateIsRefusedInItsPlaceBeforeThePipelineRuns() {
    put("fix", spec("tiny", 256));
    putPipeline("fix", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"fix\"}}]}");
    createIndex("train", "fix", "fix");
    client().admin().indices().prepareAliases().addAlias("train", "alias").get();
    Map<String, Object> text = Map.of("instruction", "a", "output", "b");
    client().prepareIndex("train").setId("1").setSource(text).get();
    long before = computed();
    BulkItemResponse[] items =
        client()
            .prepareBulk()
            .add(new UpdateRequest("train", "1").doc("label", "x").docAsUpsert(true))
            .add(new UpdateRequest("train", "1").doc("label", "x"))
            .add(new UpdateRequest("alias", "2").doc(text).docAsUpsert(true))
            .add(new UpdateRequest("train", "3").doc("label", "x").upsert(text))
            .add(new IndexRequest("train").id("4").source(text))
            .add(new UpdateRequest("new-index", "5").doc("label", "x").docAsUpsert(true))
            .get()
            .getItems();
    for (int i = 0; i < 4; i++) {
      assertEquals(OpType.UPDATE, items[i].getOpType());
      assertEquals(i == 2 ? "alias" : "train", items[i].getIndex());
      assertEquals("" + Math.max(1, i), items[i].getId());
      assertEquals(i, items[i].getItemId());
      assertEquals(RestStatus.BAD_REQUEST, items[i].status());
      assertThat(
          items[i].getFailureMessage(),
          containsString("index [train] has gradient vectors in [gradient]"));
    }
    assertFalse(items[4].getFailureMessage(), items[4].isFailed());
    assertFalse(items[5].getFailureMessage(), items[5].isFailed());
    assertEquals("only the whole document was computed", before + 1, computed());
    IllegalArgumentException single =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                client()
                    .prepareUpdate("train", "1")
                    .setDoc("label", "x")
                    .setDocAsUpsert(true)
                    .get());
    assertThat(single.getMessage(), containsString("has gradient vectors in [gradient]"));
  }
}
