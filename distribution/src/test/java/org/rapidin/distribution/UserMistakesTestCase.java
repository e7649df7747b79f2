package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Mistakes of users are refused with a message that names the cause, and do no damage: after each
 * test the node answers as before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SharedNode.class)
abstract class UserMistakesTestCase {
  static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";

  TestNode node;

  @BeforeAll
  void fill(TestNode shared) throws Exception {
    node = shared;
    node.createIndex("train");
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(5)));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
  }

  @AfterEach
  void theNodeLivesAndAnswersAsBefore() throws Exception {
    JsonNode hits =
        node.post("/train/_search", "{\"query\":{\"exists\":{\"field\":\"gradient\"}}}")
            .path("hits");
    assertEquals(5, hits.path("total").path("value").asInt());
  }

  void assertRefused(int status, String method, String path, String body, String names)
      throws Exception {
    ApiException refusal = node.refused(method, path, body);
    assertEquals(status, refusal.status(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(names), refusal.getMessage());
  }

  static String spec(String model) {
    return "{\"model\":"
        + model
        + ",\"parameters\":\"linear\",\"template\":{\"prompt\":\"{{instruction}}\",\"completion\":\"{{output}}\"}}";
  }
}
