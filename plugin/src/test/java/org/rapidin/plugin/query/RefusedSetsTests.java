package org.rapidin.plugin.query;

import org.opensearch.index.query.QueryBuilders;
import org.rapidin.plugin.TinyNodeTestCase;

/** What a refused query leaves behind, on a real node with a real model. */
public class RefusedSetsTests extends TinyNodeTestCase {

  public void testASetWithoutItsAttributorLeavesNoMemoryReserved() {
    put("demo", spec("tiny", 256));
    createIndex("train", "demo", "_none");
    delete("demo", true);
    long before = reserved();
    for (String combine : new String[] {"mean", "sum", "max"}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () ->
                  client()
                      .prepareSearch("train")
                      .setQuery(
                          QueryBuilders.wrapperQuery(
                              "{\"influence\":{\"gradient\":{\"generations\":[{\"prompt\":\"p\",\"completion\":\"c\"}],\"combine\":\""
                                  + combine
                                  + "\"}}}"))
                      .get());
      assertTrue(
          refused.getMessage(),
          refused.getMessage().startsWith("no attributor [demo], which field [gradient]"));
      assertEquals(before, reserved());
    }
  }
}
