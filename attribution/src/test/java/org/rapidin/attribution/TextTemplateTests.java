package org.rapidin.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TextTemplateTests {
  private static final TextTemplate TEMPLATE =
      new TextTemplate("User: {{ask}}\nModel: ", "{{say}} {{ more.x }}</s>");
  private static final TextLimit WIDE = new TextLimit(512);

  private static Sample render(TextLimit limit, String ask, String say, String more) {
    return TEMPLATE.render(limit, Map.of("ask", ask, "say", say, "more.x", more)::get);
  }

  @Test
  void fieldsAreFilledInAndRememberedByPosition() {
    Sample sample = render(WIDE, "Where?", "By the gate.", "");
    assertEquals("User: Where?\nModel: ", sample.prompt());
    assertEquals("By the gate. </s>", sample.completion());
    String text = sample.prompt() + sample.completion();
    assertEquals(
        List.of("Where?", "By the gate."),
        sample.fieldText().stream()
            .map(range -> text.substring(range.start(), range.end()))
            .toList());
    assertEquals(Set.of("ask", "say", "more.x"), TEMPLATE.fields());
    assertEquals(List.of("say", "more.x"), List.copyOf(TEMPLATE.completionFields()));
  }

  @Test
  void nothingInAFieldIsReadAsATemplateOrAPattern() {
    Sample sample = render(WIDE, "$1 \\ {{say}}", "\\$0", "{{");
    assertEquals("User: $1 \\ {{say}}\nModel: ", sample.prompt());
    assertEquals("\\$0 {{</s>", sample.completion());
  }

  @Test
  void aMissingFieldIsNamedAlsoBeyondTheLimit() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> TEMPLATE.render(new TextLimit(1), Map.of("ask", "x".repeat(9999))::get))
            .getMessage();
    assertTrue(message.contains("field [say]"), message);
  }

  /** Rendering with a limit gives what rendering everything and cutting it afterwards gives. */
  @Test
  void whatIsRenderedIsTheStartOfTheWhole() {
    TextLimit limit = new TextLimit(2);
    for (int ask : new int[] {0, 10, 2000, 2029, 2030, 2031, 2032, 5000}) {
      for (int say : new int[] {0, 1, 20, 2048, 5000}) {
        String field = "ab\ud83d\ude00".repeat(1250);
        Sample whole = render(WIDE, field.substring(0, ask), field.substring(0, say), field);
        Sample cut = render(limit, field.substring(0, ask), field.substring(0, say), field);
        assertTrue(whole.prompt().startsWith(cut.prompt()));
        assertTrue(whole.completion().startsWith(cut.completion()));
        assertEquals(limit.clip(whole).prompt(), cut.prompt());
        assertEquals(limit.clip(whole).completion(), cut.completion());
        assertEquals(
            whole.characters() > limit.characters(), cut.characters() > limit.characters());
        assertTrue(cut.characters() <= limit.characters() + 3);
        assertTrue(!cut.completion().isEmpty());
        assertEquals(fields(limit.clip(whole)), fields(cut));
      }
    }
  }

  private static String fields(Sample sample) {
    int prompt = sample.prompt().length();
    return sample.fieldText().stream()
        .filter(range -> range.start() < prompt || prompt < 2049)
        .map(range -> range.start() + "-" + range.end())
        .collect(Collectors.joining(" "));
  }

  @Test
  void theCeilingRefusesAndNeverCuts() {
    TextLimit limit = new TextLimit(2, 100);
    Sample longer = render(limit, "x".repeat(200), "y", "");
    assertTrue(longer.characters() <= 102);
    String message =
        assertThrows(IllegalArgumentException.class, () -> limit.requireCeiling(longer))
            .getMessage();
    assertTrue(message.contains("more than 100 characters"), message);
    limit.requireCeiling(render(limit, "x", "y", ""));
    new TextLimit(2, 1 << 20).requireCeiling(render(WIDE, "x".repeat(5000), "y", ""));
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> new TextLimit(2).requireWhole(render(WIDE, "x".repeat(5000), "y", "")))
            .getMessage()
            .contains("with max_tokens 2 at most 2048 are read"));
  }
}
