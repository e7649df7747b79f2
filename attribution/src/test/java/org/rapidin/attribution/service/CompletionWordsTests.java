package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.Word;

/** Tokens are written as ranges of a text: {@code start-end}, special ones with a star. */
class CompletionWordsTests {
  private static final String IDEOGRAPHIC_SPACE = "\u3000";

  @Test
  void partsOfAWordAreJoinedWithTheWhiteSpaceBeforeIt() {
    assertWords("Os|tra|va| Bay|.", "Ostrava: 3, Bay.: 2", "Ostrava Bay.");
    assertWords("a|  |\n|b| |12| ", "a: 1,  \nb: 3, 12: 2, : 1", "a  \nb 12 ");
  }

  @Test
  void tokensWithoutTheirWhiteSpaceAreSeparatedByIt() {
    assertEquals(List.of(2, 1), counts("lives in", "0-2 2-5 6-8"));
    // A tokenizer that gives a token of white space no text.
    assertEquals(List.of(1, 2), counts("a b", "0-1 2-2 2-3"));
    assertEquals(List.of(1, 2), counts("a b", "0-1 1-1 2-3"));
  }

  @Test
  void aTokenInTwoWordsMakesThemOne() {
    assertEquals(List.of(2), counts("of there", "0-6 6-8"));
    assertEquals(List.of(1, 1), counts(".\nb", "0-2 2-3"));
  }

  @Test
  void bytesOfACharacterAreInOneWord() {
    assertEquals(List.of(4), counts("x\u20acy", "0-1 1-2 1-2 1-3"));
    assertEquals(List.of(3), counts("\u20ac", "0-1 1-1 1-1"));
    assertEquals(List.of(4), counts("x\u20acy", "0-1 1-2 2-2 2-3"));
    assertEquals(List.of(1, 4), counts("a" + IDEOGRAPHIC_SPACE + "b", "0-1 1-2 1-2 1-2 2-3"));
    assertEquals(List.of(2, 1), counts("a" + IDEOGRAPHIC_SPACE + "b", "0-2 1-2 2-3"));
  }

  @Test
  void specialTokensAreWordsByThemselves() {
    assertEquals(List.of(1, 1, 2), counts("Bay</s>now", "0-3 3-7* 7-9 9-10"));
    assertEquals(List.of(1, 1, 1), counts("Bay", "0-3 3-3* 3-3*"));
    assertEquals("Bay|", texts("Bay", "0-3 3-3*"));
  }

  /** The plain rule: tokens with a word or a character in common are in the same word. */
  @Test
  void wordsAreWhatIsConnected() {
    Random random = new Random(3);
    for (int round = 0; round < 2_000; round++) {
      String text = text(random);
      List<int[]> tokens = tokens(text, random);
      List<Word> words = words(text, tokens);
      assertEquals(connected(text, tokens), counts(words), () -> text + " " + written(tokens));
      assertEquals(text, words.stream().map(Word::text).collect(Collectors.joining()));
    }
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int length = 1 + random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append("abc  \n".charAt(random.nextInt(6)));
    }
    return text.toString();
  }

  /** They tile the text; a character may be in two or three, one after the other. */
  private static List<int[]> tokens(String text, Random random) {
    List<int[]> tokens = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + 1 + random.nextInt(3));
      tokens.add(new int[] {start, end});
      for (int more = random.nextInt(8); more < 2; more++) {
        tokens.add(new int[] {end - 1, end});
      }
      start = end;
    }
    return tokens;
  }

  private static List<Integer> connected(String text, List<int[]> tokens) {
    int[] word = new int[text.length()];
    for (int i = 1; i < word.length; i++) {
      boolean ends = isWhite(text, i) && !isWhite(text, i - 1);
      word[i] = word[i - 1] + (ends ? 1 : 0);
    }
    List<Set<Integer>> of = new ArrayList<>();
    int reached = 0;
    for (int[] token : tokens) {
      Set<Integer> own = new HashSet<>();
      for (int i = token[0]; i < token[1]; i++) {
        if (!isWhite(text, i)) {
          own.add(word[i]);
        }
      }
      // White space alone belongs to the word after it, unless it is a character with another
      // token.
      boolean more = token[0] < reached;
      reached = token[1];
      of.add(own.isEmpty() && !more ? Set.of(word[token[1] - 1]) : own);
    }
    List<Integer> counts = new ArrayList<>();
    int from = 0;
    for (int t = 1; t <= tokens.size(); t++) {
      if (t == tokens.size() || !reaches(tokens, of, from, t)) {
        counts.add(t - from);
        from = t;
      }
    }
    return counts;
  }

  /** Whether a token has something in common with one of those before it. */
  private static boolean reaches(List<int[]> tokens, List<Set<Integer>> of, int from, int t) {
    for (int before = from; before < t; before++) {
      boolean word = of.get(before).stream().anyMatch(of.get(t)::contains);
      if (word || tokens.get(before)[1] > tokens.get(t)[0]) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWhite(String text, int i) {
    return Character.isWhitespace(text.charAt(i));
  }

  private static void assertWords(String tokens, String wanted, String text) {
    List<int[]> ranges = new ArrayList<>();
    int start = 0;
    for (String token : tokens.split("\\|")) {
      ranges.add(new int[] {start, start + token.length()});
      start += token.length();
    }
    assertEquals(
        wanted,
        words(text, ranges).stream()
            .map(word -> word.text() + ": " + word.tokens())
            .collect(Collectors.joining(",")));
  }

  private static List<Integer> counts(String text, String ranges) {
    return counts(words(text, parse(ranges)));
  }

  private static List<Integer> counts(List<Word> words) {
    return words.stream().map(Word::tokens).toList();
  }

  private static String texts(String text, String ranges) {
    return words(text, parse(ranges)).stream().map(Word::text).collect(Collectors.joining("|"));
  }

  private static List<int[]> parse(String ranges) {
    return Arrays.stream(ranges.split(" "))
        .map(
            range -> {
              boolean special = range.endsWith("*");
              String[] ends = range.replace("*", "").split("-");
              return new int[] {
                Integer.parseInt(ends[0]), Integer.parseInt(ends[1]), special ? 1 : 0
              };
            })
        .toList();
  }

  private static String written(List<int[]> tokens) {
    return tokens.stream().map(Arrays::toString).collect(Collectors.joining());
  }

  private static List<Word> words(String text, List<int[]> tokens) {
    boolean[] special = new boolean[tokens.size()];
    for (int t = 0; t < special.length; t++) {
      special[t] = tokens.get(t).length > 2 && tokens.get(t)[2] == 1;
    }
    return CompletionWords.of(
        text,
        tokens.stream().mapToInt(token -> token[0]).toArray(),
        tokens.stream().mapToInt(token -> token[1]).toArray(),
        special);
  }
}
