package org.rapidin.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.TextTemplate;

/** What is read of a document, and what the user is told where that is not possible. */
public class DocumentTextTests extends OpenSearchTestCase {
  private static final TextTemplate TEMPLATE = new TextTemplate("{{ask}} ", "{{say}}");

  private static Sample read(Map<String, String> fieldMap, Object ask, Object say) {
    IngestDocument document = new IngestDocument(new HashMap<>(), new HashMap<>());
    document.setFieldValue("ask", ask);
    document.setFieldValue("say", say);
    return new DocumentText(TEMPLATE, fieldMap, new TextLimit(64, 4096)).of(document);
  }

  private static void assertRefused(String message, Object ask, Object say) {
    assertEquals(
        message,
        expectThrows(IllegalArgumentException.class, () -> read(Map.of(), ask, say)).getMessage());
  }

  public void testAnEmptyCompletionNamesItsFieldAndTheCondition() {
    assertRefused(
        "field [say] is empty: there is nothing to attribute; to store such documents without a"
            + " vector, give the processor a condition such as \"if\": \"ctx.say != ''\"",
        "Where is the lantern?",
        "");
  }

  public void testTheConditionIsValidForEveryFieldName() {
    for (Map.Entry<String, String> names :
        Map.of(
                "answer-text", "ctx['answer-text'] != ''",
                "reply.text", "ctx.reply?.text != ''",
                "reply.body-text", "ctx.reply?.get('body-text') != ''",
                "@reply.text", "ctx['@reply']?.text != ''")
            .entrySet()) {
      IngestDocument document = new IngestDocument(new HashMap<>(), new HashMap<>());
      document.setFieldValue("ask", "Where?");
      document.setFieldValue(names.getKey(), "");
      DocumentText text =
          new DocumentText(TEMPLATE, Map.of("say", names.getKey()), new TextLimit(64, 4096));
      String message =
          expectThrows(IllegalArgumentException.class, () -> text.of(document)).getMessage();
      assertTrue(message, message.endsWith("\"if\": \"" + names.getValue() + "\""));
    }
  }

  public void testAnObjectIsReadThroughTheFieldMap() {
    Map<String, Object> ask = Map.of("text", "Where is the lantern?");
    assertRefused(
        "field [ask] holds an object, the attributor's template needs one text: name one of its"
            + " fields in the processor's field_map, for example \"field_map\": {\"ask\":"
            + " \"ask.text\"}",
        ask,
        "By the gate.");
    assertEquals(
        "Where is the lantern? ", read(Map.of("ask", "ask.text"), ask, "By the gate.").prompt());
  }

  public void testAListIsJoinedBefore() {
    assertRefused(
        "field [say] holds a list, the attributor's template needs one text: make it one before,"
            + " for example with a join processor",
        "Where?",
        List.of("By", "the gate."));
  }

  public void testFieldsAreMarkedSoThatSpecialTokensInThemAreText() {
    assertEquals(
        List.of(new TextRange(0, 3), new TextRange(4, 8)),
        read(Map.of(), "<s>", "</s>").fieldText());
  }

  public void testATextThatNeedsMoreThanTheCeilingFailsByItsSize() {
    assertTrue(
        expectThrows(IllegalArgumentException.class, () -> read(Map.of(), "x".repeat(5000), "By."))
            .getMessage()
            .contains("more than 4096 characters"));
  }
}
