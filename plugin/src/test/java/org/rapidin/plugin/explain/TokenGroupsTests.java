package org.rapidin.plugin.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.Word;

/** Words have the sums of their tokens. */
class TokenGroupsTests {
  private static final List<String> TOKENS = List.of("Os", "tra", " Bay", ".");
  private static final List<Word> WORDS = List.of(new Word("Ostra", 2), new Word(" Bay.", 2));

  @Test
  void entriesOfTokensAreThose() {
    TokenGroups tokens = TokenGroups.of(Granularity.TOKEN, TOKENS, List.of());
    assertEquals(
        List.of(
            Map.of("token", "Os", "influence", 0.5),
            Map.of("token", "tra"),
            Map.of("token", " Bay", "influence", -2.0),
            Map.of("token", ".")),
        tokens.entries(Arrays.asList(0.5, null, -2.0, null)));
  }

  @Test
  void entriesOfWordsAddUpWhatIsKnown() {
    TokenGroups words = TokenGroups.of(Granularity.WORD, TOKENS, WORDS);
    assertEquals(
        List.of(
            Map.of("word", "Ostra", "tokens", 1, "influence", 0.5),
            Map.of("word", " Bay.", "tokens", 2, "influence", -1.0)),
        words.entries(Arrays.asList(0.5, null, -2.0, 1.0)));
    assertEquals(
        List.of(Map.of("word", "Ostra"), Map.of("word", " Bay.", "tokens", 1, "influence", 3.0)),
        words.entries(Arrays.asList(null, null, 3.0, null)));
  }

  /** Of a random matrix, in both directions. */
  @Test
  void sumsOverWordsAreThoseOverTokens() {
    Random random = new Random(7);
    for (int round = 0; round < 100; round++) {
      List<Word> words = new ArrayList<>();
      List<Integer> wordOf = new ArrayList<>();
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        Word word = new Word("w", 1 + random.nextInt(4));
        for (int t = 0; t < word.tokens(); t++) {
          wordOf.add(words.size());
        }
        words.add(word);
      }
      TokenGroups groups = new TokenGroups(Granularity.WORD, words);
      double[][] matrix = new double[wordOf.size()][3];
      double[][] wanted = new double[words.size()][3];
      for (int t = 0; t < matrix.length; t++) {
        for (int column = 0; column < 3; column++) {
          matrix[t][column] = random.nextGaussian();
          wanted[wordOf.get(t)][column] += matrix[t][column];
        }
      }
      double[][] sums = groups.sums(matrix);
      List<Double> first = groups.sums(Arrays.stream(matrix).map(row -> row[0]).toList());
      for (int i = 0; i < wanted.length; i++) {
        assertArrayEquals(wanted[i], sums[i], 1e-12);
        assertEquals(wanted[i][0], first.get(i), 1e-12);
      }
    }
  }

  @Test
  void wordsOfANodeThatDoesNotSendThemAreAnError() {
    String refused =
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenGroups.of(Granularity.WORD, TOKENS, List.of()))
            .getMessage();
    assertEquals(
        "the node that computed the influences is of an earlier version, which does not join tokens to words: upgrade its RapidIn plugin, or leave granularity out",
        refused);
  }
}
