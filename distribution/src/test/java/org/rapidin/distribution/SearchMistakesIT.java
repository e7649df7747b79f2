package org.rapidin.distribution;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Mistakes in influence queries. */
class SearchMistakesIT extends UserMistakesTestCase {

  @Test
  void queryOnAFieldOfAnotherAttributor() throws Exception {
    node.put(
        ATTRIBUTORS + "other",
        spec("\"demo\"")
            .replace(
                "\"parameters\"",
                "\"compression\":{\"method\":\"rapidgrad\",\"dimension\":256,\"seed\":7},\"parameters\""));
    try {
      for (String named : List.of("other", "nobody")) {
        String query =
            query("\"prompt\":\"a\",\"completion\":\"b\",\"attributor\":\"" + named + "\"");
        assertRefused(400, "POST", "/train/_search", query, "of attributor [demo]");
        assertRefused(400, "POST", "/train/_search", query, named);
      }
    } finally {
      node.delete(ATTRIBUTORS + "other");
    }
  }

  @Test
  void queriesWithoutText() throws Exception {
    assertRefused(
        400, "POST", "/train/_search", query("\"prompt\":\"a\",\"completion\":\"\""), "completion");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"\",\"completion\":\"the\""),
        "the prompt is empty");
    assertRefused(400, "POST", "/train/_search", query("\"completion\":\"b\""), "prompt");
    assertRefused(400, "POST", "/train/_search", query("\"prompt\":\"a\""), "completion");
  }

  @Test
  void promptThatFillsTheContext() throws Exception {
    String prompt = "the ".repeat(4000);
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"" + prompt + "\",\"completion\":\"the\""),
        "128 tokens");
  }

  @Test
  void completionThatIsLongerThanTheLimit() throws Exception {
    String query = query("\"prompt\":\"the\",\"completion\":\"" + " the".repeat(130) + "\"");
    assertRefused(
        400, "POST", "/train/_search", query, "has at least 3 tokens beyond the limit of 128");
    assertRefused(400, "POST", "/train/_search", query, "max_tokens");
  }

  @Test
  void misspeltKeyOfAQuery() throws Exception {
    String misspelt =
        "{\"query\":{\"influence\":{\"gradient\":{\"promt\":\"a\",\"completion\":\"b\"}}}}";
    assertRefused(400, "POST", "/train/_search", misspelt, "[promt]; it takes prompt, completion");
    String ext = "{\"query\":{\"match_all\":{}},\"ext\":{\"influence\":{\"token\":true}}}";
    assertRefused(400, "POST", "/train/_search", ext, "does not know [token]; it takes tokens");
    String field =
        "{\"query\":{\"influence\":{\"gradeint\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}";
    assertRefused(400, "POST", "/train/_search", field, "no field [gradeint] of type");
  }

  @Test
  void tokensThatTheCompletionDoesNotHold() throws Exception {
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"the\",\"completion\":\"the\",\"tokens\":\"zebra\""),
        "got a text of 5 characters that does not");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"the\",\"completion\":\" the\",\"tokens\":[99]"),
        "99");
  }

  @Test
  void vectorOfAnotherDimension() throws Exception {
    assertRefused(400, "POST", "/train/_search", query("\"vector\":[1.0,2.0]"), "65536");
  }

  @Test
  void queryOnAFieldThatIsNoGradient() throws Exception {
    assertRefused(
        400,
        "POST",
        "/train/_search",
        "{\"query\":{\"influence\":{\"output\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}",
        "output");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        "{\"query\":{\"influence\":{\"nothing\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}",
        "nothing");
  }

  @Test
  void aliasFilterByInfluence() throws Exception {
    assertRefused(
        400,
        "POST",
        "/_aliases",
        "{\"actions\":[{\"add\":{\"index\":\"train\",\"alias\":\"t\",\"filter\":{\"influence\":{\"gradient\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}}]}",
        "filter for alias [t]");
  }

  private static String query(String fields) {
    return "{\"query\":{\"influence\":{\"gradient\":{" + fields + "}}}}";
  }
}
