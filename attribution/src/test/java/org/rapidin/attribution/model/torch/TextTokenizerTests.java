package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.file.JsonObjectTree;
import org.rapidin.attribution.model.file.ReferenceData;

class TextTokenizerTests {
  @TempDir Path folder;

  private TextTokenizer open(boolean first) throws IOException {
    Path file = TinyTokenizer.write(folder.resolve("tokenizer.json"), first);
    return TextTokenizer.open(TestRuntime.get(), file);
  }

  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[utf8.length];
    for (int i = 0; i < utf8.length; i++) {
      tokens[i] = TinyTokenizer.byteToken(utf8[i] & 0xff);
    }
    return tokens;
  }

  @Test
  void spansAreCharsOfTheJoinedText() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText tokens = tokenizer.encode("ä😀", "x€😀y", 100);
      // <s>, ä: 2 bytes, 😀: 4 bytes, x, €: 3 bytes, 😀: 4 bytes, y
      assertEquals(1 + 2 + 4 + 1 + 3 + 4 + 1, tokens.ids().length);
      assertArrayEquals(
          new int[] {0, 0, 0, 1, 1, 1, 1, 3, 4, 4, 4, 5, 5, 5, 5, 7}, tokens.starts());
      assertArrayEquals(new int[] {0, 1, 1, 3, 3, 3, 3, 4, 5, 5, 5, 7, 7, 7, 7, 8}, tokens.ends());
      assertEquals(9, tokens.completionTokens());
      assertFalse(tokens.completion()[6]);
      assertTrue(tokens.completion()[7]);
      assertEquals(bytes("y")[0], tokens.ids()[15]);
    }
  }

  @Test
  void tokensOverTheBoundaryBelongToTheCompletion() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText tokens = tokenizer.encode("xa", "bc", 100);
      assertArrayEquals(new boolean[] {false, false, true, true}, tokens.completion());
      assertEquals(1, tokens.starts()[2]);
      assertEquals(3, tokens.ends()[2]);
    }
  }

  @Test
  void specialTokensInTheTextAreSpecialTokens() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText tokens = tokenizer.encode("p</s>", "c</s>", 100);
      assertEquals(
          List.of(TinyTokenizer.BOS, bytes("p")[0], TinyTokenizer.EOS, bytes("c")[0], 1),
          Arrays.stream(tokens.ids()).mapToObj(id -> (int) id).toList());
      assertArrayEquals(new boolean[] {false, false, false, true, true}, tokens.completion());
      assertEquals(10, tokens.ends()[4]);
    }
  }

  /** The file asks for 3 tokens; only the caller's limit counts. */
  @Test
  void cutsAtTheLimitAndCountsWhatIsLost() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText whole = tokenizer.encode("123", "456789", 10);
      assertEquals(10, whole.ids().length);
      assertEquals(0, whole.cutTokens());
      assertFalse(whole.truncated());
      TokenizedText cut = tokenizer.encode("123", "456789", 6);
      assertEquals(6, cut.ids().length);
      assertEquals(4, cut.cutTokens());
      assertTrue(cut.truncated());
      assertEquals(2, cut.completionTokens());
    }
  }

  @Test
  void saysWhyThereIsNothingToAttribute() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      requireRefusal("the completion is empty", tokenizer, "prompt", "", 10);
      requireRefusal("fills the limit of 6 tokens", tokenizer, "prompt", "completion", 6);
      requireRefusal("half a surrogate pair at char 1", tokenizer, "a\ud83d", "b", 10);
      assertEquals(1, tokenizer.encode("", "x", 10).completionTokens());
    }
    try (TextTokenizer tokenizer = open(false)) {
      requireRefusal("the prompt is empty", tokenizer, "", "completion", 100);
      assertEquals(1, tokenizer.encode("p", "c", 10).completionTokens());
    }
  }

  private static void requireRefusal(
      String reason, TextTokenizer tokenizer, String prompt, String completion, int limit) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> tokenizer.encode(prompt, completion, limit));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }

  @Test
  void refusesAFileThatIsNoTokenizer() throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {}}");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> TextTokenizer.open(TestRuntime.get(), file));
    assertTrue(e.getMessage().startsWith("tokenizer.json is not usable"), e.getMessage());
  }

  @Test
  void agreesWithTheTokensOfAPretrainedModel() throws Exception {
    JsonObjectTree reference = JsonObjectTree.read(ReferenceData.path("reference/reference.json"));
    Path file = ReferenceData.path("stories260K/tokenizer.json");
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), file)) {
      Map<?, ?> story = (Map<?, ?>) reference.value("story");
      String text = (String) story.get("text");
      TokenizedText tokens = tokenizer.encode(text.substring(0, 20), text.substring(20), 1000);
      assertArrayEquals(JsonObjectTree.longs(story.get("ids")), tokens.ids());
    }
  }
}
