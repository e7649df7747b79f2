package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.file.TokenizerFile;

/** Of a long text only a prefix is tokenized; the tokens must be those of the whole text. */
class LongTextTests {
  private static final List<String> PIECES =
      List.of(
          "the lantern ",
          "hung",
          " by the gate.",
          " ",
          "   ",
          "\n\n",
          "\t",
          "1234567",
          "0",
          "----",
          "aaaaaaaa",
          "abab",
          "ba",
          "cabcab",
          "ä€",
          "\ud83d\ude00",
          "漢字仮名",
          "<s>",
          "</s>",
          "<",
          "'ll",
          "lll");

  @TempDir Path folder;

  private Path byteLevel() throws IOException {
    return TinyTokenizer.write(folder.resolve("tokenizer.json"), true);
  }

  /** Words are not split first, so that any two characters can merge, in chains of ranks. */
  private Path chains() throws IOException {
    return MergingTokenizer.write(
        folder.resolve("chains.json"),
        "null",
        List.of("d a", "c d", "b c", "a b", "ab ab", "abab abab", "aa aa", "cd ab", "b a"));
  }

  /** Digits are grouped from the right, as some tokenizers do. */
  private Path groupsFromTheRight() throws IOException {
    return MergingTokenizer.write(
        folder.resolve("digits.json"),
        """
        {"type": "Split", "pattern": {"Regex": "\\\\d{1,3}(?=(\\\\d{3})*(?!\\\\d))|\\\\s+(?!\\\\S)"},
         "behavior": "Isolated", "invert": false}""",
        List.of("1 2", "3 4", "12 34", "5 6", "a b", "l l"));
  }

  @Test
  void theTokensOfAPrefixAreThoseOfTheWholeText() throws IOException {
    for (Path file : List.of(byteLevel(), chains(), groupsFromTheRight())) {
      requireEqualTokens(file, new SplittableRandom(7), 300);
    }
  }

  @Test
  void alsoWithThePretrainedTokenizerThatPrependsABlank() throws IOException {
    Path file = ReferenceData.path("stories260K/tokenizer.json");
    requireEqualTokens(file, new SplittableRandom(8), 300);
    requireSettledTokens(file, new SplittableRandom(9), 100);
  }

  @Test
  void whatHasSettledInAPrefixStaysInTheWholeText() throws IOException {
    for (Path file : List.of(byteLevel(), chains(), groupsFromTheRight())) {
      requireSettledTokens(file, new SplittableRandom(7), 100);
    }
  }

  private static void requireSettledTokens(Path file, SplittableRandom random, int texts)
      throws IOException {
    TextPrefix prefix = new TextPrefix(TokenizerFile.read(file).longestToken());
    try (HuggingFaceTokenizer tokenizer =
        TestRuntime.get().newTokenizer(Files.readAllBytes(file))) {
      for (int i = 0; i < texts; i++) {
        String text = text(random, 400 + random.nextInt(400), 1 + random.nextInt(PIECES.size()));
        long[] whole = tokenizer.encode(text, true, false).getIds();
        for (int cut = 0; cut < 10; cut++) {
          String start = TextPrefix.of(text, "", 1 + random.nextInt(text.length() - 1));
          Encoding encoding = tokenizer.encode(start, true, false);
          int settled = start.codePointCount(0, prefix.settled(start));
          CharSpan[] spans = encoding.getCharTokenSpans();
          int tokens = 0;
          while (tokens < spans.length
              && (spans[tokens] == null || spans[tokens].getEnd() <= settled)) {
            tokens++;
          }
          assertArrayEquals(
              Arrays.copyOf(whole, tokens),
              Arrays.copyOf(encoding.getIds(), tokens),
              () -> "%s: [%s] of [%s]".formatted(file, start, text));
        }
      }
    }
  }

  private static void requireEqualTokens(Path file, SplittableRandom random, int texts)
      throws IOException {
    // Prefixes are tried from one character per token on, so that cuts fall close to what is kept.
    TokenizerFile read = TokenizerFile.read(file);
    TextPrefix prefix = new TextPrefix(read.longestToken(), 1);
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), file, read, prefix);
        HuggingFaceTokenizer whole = TestRuntime.get().newTokenizer(Files.readAllBytes(file))) {
      for (int i = 0; i < texts; i++) {
        String text = text(random, 1 + random.nextInt(900), 1 + random.nextInt(PIECES.size()));
        int maxTokens = 2 + random.nextInt(300);
        int boundary = random.nextInt(4);
        Encoding expected = whole.encode("p".repeat(boundary) + text, true, false);
        if (boundary == 0 && expected.getIds()[0] != 0) {
          continue; // nothing would stand before the completion
        }
        TokenizedText tokens;
        try {
          tokens = tokenizer.encode(new Sample("p".repeat(boundary), text), maxTokens);
        } catch (IllegalArgumentException e) {
          continue; // the prompt is glued to the completion
        }
        long[] ids = expected.getIds();
        if (boundary == 0 && text.startsWith("<s>")) {
          ids = Arrays.copyOfRange(ids, 1, ids.length);
        }
        int kept = Math.min(maxTokens, ids.length);
        assertArrayEquals(Arrays.copyOf(ids, kept), tokens.ids(), file + ": " + text);
        assertEquals(ids.length > maxTokens, tokens.truncated());
        assertTrue(tokens.cutTokens() <= ids.length - kept);
      }
    }
  }

  /** Few kinds of pieces make long runs of one kind. */
  private static String text(SplittableRandom random, int pieces, int kinds) {
    int[] some = random.ints(kinds, 0, PIECES.size()).toArray();
    return IntStream.range(0, pieces)
        .mapToObj(i -> PIECES.get(some[random.nextInt(kinds)]))
        .collect(Collectors.joining());
  }

  /** The boundary may fall into any of them; the last one lies beyond what is tokenized first. */
  @Test
  void charactersOfTwoUnitsAreNotSplitAtTheCut() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), byteLevel())) {
      for (int shift = 0; shift < 2; shift++) {
        String text = "x".repeat(shift) + "\ud83d\ude00".repeat(50_000);
        TokenizedText tokens = tokenizer.encode(new Sample("", text), 10 + shift);
        assertEquals(10 + shift, tokens.ids().length);
        assertTrue(tokens.cutTokens() < 10_000, "" + tokens.cutTokens());
      }
    }
  }

  /** The end of the run is not in sight, so that its tokens cannot settle. */
  @Test
  void aRunThatDoesNotEndIsCut() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), byteLevel())) {
      AtomicInteger longest = new AtomicInteger();
      TextMemory noted =
          text -> {
            longest.accumulateAndGet(text.length(), Math::max);
            return () -> {};
          };
      for (String run : List.of("4", " ", "\t", "\u0664", "1 ")) {
        TokenizedText tokens =
            tokenizer.encode(new Sample("Say:", run.repeat(4_000_000)), 1000, noted);
        assertTrue(longest.get() < 26_000, longest + " characters of [" + run + "]");
        assertTrue(tokens.truncated());
        TokenizedText shorter = tokenizer.encode(new Sample("Say:", run.repeat(30_000)), 1000);
        assertArrayEquals(shorter.ids(), tokens.ids());
      }
    }
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aTextOf40MegabytesCostsWhatItsFirstTokensCost() throws IOException {
    String text = "The silver lantern hung by the gate. ".repeat(40_000_000 / 37);
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), byteLevel())) {
      for (int i = 0; i < 100; i++) {
        assertEquals(128, tokenizer.encode(new Sample("Say: ", text), 128).ids().length);
      }
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> tokenizer.encode(new Sample(text, "the end"), 128));
      assertTrue(e.getMessage().contains("the prompt alone fills the limit of 128 tokens"));
    }
  }
}
