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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
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
      TokenizedText tokens = tokenizer.encode(new Sample("ä😀", "x€😀y"), 100);
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
      TokenizedText tokens = tokenizer.encode(new Sample("xa", "bc"), 100);
      assertArrayEquals(new boolean[] {false, false, true, true}, tokens.completion());
      assertEquals(1, tokens.starts()[2]);
      assertEquals(3, tokens.ends()[2]);
    }
  }

  @Test
  void specialTokensInTheTextAreSpecialTokens() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText tokens = tokenizer.encode(new Sample("p</s>", "c</s>"), 100);
      assertEquals(
          List.of(TinyTokenizer.BOS, bytes("p")[0], TinyTokenizer.EOS, bytes("c")[0], 1),
          Arrays.stream(tokens.ids()).mapToObj(id -> (int) id).toList());
      assertArrayEquals(new boolean[] {false, false, false, true, true}, tokens.completion());
      assertEquals(10, tokens.ends()[4]);
      assertArrayEquals(new boolean[] {true, false, true, false, true}, tokens.special());
    }
  }

  private static List<Integer> ids(TokenizedText tokens) {
    return Arrays.stream(tokens.ids()).mapToObj(id -> (int) id).toList();
  }

  /** A rendered chat template begins with the first token, which must not come twice. */
  @Test
  void aFirstTokenThatTheTextBeginsWithIsNotAddedAgain() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText plain = tokenizer.encode(new Sample("Q", "A"), 10);
      TokenizedText given = tokenizer.encode(new Sample("<s>Q", "A"), 10);
      assertArrayEquals(plain.ids(), given.ids());
      assertArrayEquals(plain.completion(), given.completion());
      assertArrayEquals(new int[] {0, 3, 4}, given.starts());
      // Spelled at the start of the completion, it still stands before it and carries no loss.
      TokenizedText inCompletion = tokenizer.encode(new Sample("", "<s>A"), 10);
      assertEquals(List.of(TinyTokenizer.BOS, bytes("A")[0]), ids(inCompletion));
      assertArrayEquals(new boolean[] {false, true}, inCompletion.completion());
      // Two of them in the text are the text's business.
      assertEquals(3, tokenizer.encode(new Sample("<s><s>", "A"), 10).ids().length);
    }
    try (TextTokenizer tokenizer = open(false)) {
      assertEquals(3, tokenizer.encode(new Sample("<s>Q", "A"), 10).ids().length);
    }
  }

  private static Sample withField(String before, String field, String after) {
    TextRange range = new TextRange(before.length(), before.length() + field.length());
    return new Sample(before, field + after, List.of(range));
  }

  @Test
  void aSpecialTokenThatAFieldSpellsIsText() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText tokens = tokenizer.encode(withField("p</s>", "c</s>\ud83d\ude00", "</s>"), 100);
      List<Integer> expected = new ArrayList<>(List.of(TinyTokenizer.BOS, bytes("p")[0]));
      expected.add(TinyTokenizer.EOS);
      for (int token : bytes("c</s>\ud83d\ude00")) {
        expected.add(token);
      }
      expected.add(TinyTokenizer.EOS);
      assertEquals(expected, ids(tokens));
      int last = tokens.ids().length - 1;
      assertEquals(12, tokens.starts()[last]);
      assertEquals(16, tokens.ends()[last]);
      assertEquals(3, IntStream.range(0, last + 1).filter(t -> tokens.special()[t]).count());
      // The field's end and the template's start do not make a token together.
      TokenizedText glued = tokenizer.encode(withField("p", "</", "s>"), 100);
      assertEquals(1 + 1 + 4, glued.ids().length);
      // A first token that a field spells is not the first token.
      assertEquals(1 + 3 + 1, tokenizer.encode(withField("", "<s>", "A"), 100).ids().length);
    }
  }

  @Test
  void aFieldThatSpellsNoSpecialTokenChangesNothing() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText marked = tokenizer.encode(withField("<s>ask ", "a < b, </ s>", "</s>"), 100);
      TokenizedText plain = tokenizer.encode(new Sample("<s>ask ", "a < b, </ s></s>"), 100);
      assertArrayEquals(plain.ids(), marked.ids());
      assertArrayEquals(plain.starts(), marked.starts());
    }
  }

  @Test
  void thePretrainedTokenizerReadsSpelledSpecialTokensAsText() throws IOException {
    Path file = ReferenceData.path("stories260K/tokenizer.json");
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), file)) {
      TokenizedText tokens =
          tokenizer.encode(withField("One day", " it <s>said</s>.", "</s>"), 100);
      long[] ids = tokens.ids();
      assertEquals(1, ids[0]);
      assertEquals(2, ids[ids.length - 1]);
      for (int t = 1; t < ids.length - 1; t++) {
        assertTrue(ids[t] > 2, Arrays.toString(ids));
      }
      TokenizedText before = tokenizer.encode(new Sample("One day", " it "), 100);
      assertArrayEquals(
          Arrays.copyOf(before.ids(), before.ids().length - 1),
          Arrays.copyOf(ids, before.ids().length - 1));
    }
  }

  @Test
  void aPromptThatIsGluedToTheCompletionIsNotCalledEmpty() throws IOException {
    try (TextTokenizer tokenizer = open(false)) {
      requireRefusal(
          "the first token covers characters 0 to 2 and reaches from the prompt (1 characters) into"
              + " the completion, and nothing stands before it: is a blank missing",
          tokenizer,
          "a",
          "bc",
          10);
      assertEquals(3, tokenizer.encode(new Sample("a ", "bc"), 10).completionTokens() + 1);
    }
  }

  /** The file asks for 3 tokens; only the caller's limit counts. */
  @Test
  void cutsAtTheLimitAndCountsWhatIsLost() throws IOException {
    try (TextTokenizer tokenizer = open(true)) {
      TokenizedText whole = tokenizer.encode(new Sample("123", "456789"), 10);
      assertEquals(10, whole.ids().length);
      assertEquals(0, whole.cutTokens());
      assertFalse(whole.truncated());
      TokenizedText cut = tokenizer.encode(new Sample("123", "456789"), 6);
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
      assertEquals(1, tokenizer.encode(new Sample("", "x"), 10).completionTokens());
    }
    try (TextTokenizer tokenizer = open(false)) {
      requireRefusal("the prompt is empty", tokenizer, "", "completion", 100);
      assertEquals(1, tokenizer.encode(new Sample("p", "c"), 10).completionTokens());
    }
  }

  private static void requireRefusal(
      String reason, TextTokenizer tokenizer, String prompt, String completion, int limit) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> tokenizer.encode(new Sample(prompt, completion), limit));
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
      TokenizedText tokens =
          tokenizer.encode(new Sample(text.substring(0, 20), text.substring(20)), 1000);
      assertArrayEquals(JsonObjectTree.longs(story.get("ids")), tokens.ids());
    }
  }
}
