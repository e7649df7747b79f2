package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.Word;

class AttributorQueryTests extends AttributorTestCase {
  private static final Sample GENERATION = new Sample("Where? ", "Paris it is.");
  private Attributor attributor;

  @BeforeEach
  void openAttributor() throws IOException {
    attributor = open(twoCheckpoints());
  }

  @AfterEach
  void closeAttributor() {
    attributor.close();
  }

  private QueryGradient query(TokenSelection selection) {
    return attributor.query(GENERATION, selection, true);
  }

  private static String selectedText(QueryGradient query) {
    return query.tokens().stream()
        .filter(QueryGradient.Token::selected)
        .map(QueryGradient.Token::text)
        .collect(Collectors.joining("|"));
  }

  @Test
  void wholeCompletionHasTheVectorOfTheDocument() {
    QueryGradient query = attributor.query(GENERATION, new TokenSelection.All(), false);
    assertEquals("print", query.fingerprint());
    assertArrayEquals(
        vector(attributor.documents(List.of(GENERATION)).getFirst()), query.vector(), 1e-5f);
    query.tokens().forEach(token -> assertNull(token.vector()));
  }

  @Test
  void tokensSpellTheCompletion() {
    QueryGradient query = query(new TokenSelection.All());
    assertEquals("P|a|r|is| |i|t| |is|.", selectedText(query));
    assertEquals(
        List.of(new Word("Paris", 4), new Word(" it", 3), new Word(" is.", 3)), query.words());
  }

  @Test
  void meanOfTokenVectorsIsTheVector() {
    for (TokenSelection selection :
        List.of(
            new TokenSelection.All(),
            new TokenSelection.Span("Paris"),
            new TokenSelection.Positions(List.of(9, 0, 4)))) {
      QueryGradient query = query(selection);
      List<float[]> vectors =
          query.tokens().stream()
              .filter(QueryGradient.Token::selected)
              .map(QueryGradient.Token::vector)
              .toList();
      float[] mean = new float[query.vector().length];
      for (float[] vector : vectors) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] += vector[i] / vectors.size();
        }
      }
      assertArrayEquals(mean, query.vector(), 2e-5f);
    }
  }

  @Test
  void spanSelectsTheTokensThatItOverlaps() {
    assertEquals("P|a|r|is", selectedText(query(new TokenSelection.Span("Paris"))));
    assertEquals("r|is", selectedText(query(new TokenSelection.Span("ri"))));
    QueryGradient one = query(new TokenSelection.Span("t"));
    assertEquals("t", selectedText(one));
    assertArrayEquals(one.vector(), one.tokens().get(6).vector(), 2e-5f);
  }

  @Test
  void severalSpansSelectTheTokensOfEach() {
    assertEquals("r|is|.", selectedText(query(new TokenSelection.Spans(List.of(".", "ri", "is")))));
    assertRefused(
        "tokens has a text of 5 characters that does not occur in the completion",
        new TokenSelection.Spans(List.of("Paris", "Where")));
  }

  @Test
  void positionsCountTheCompletionsTokens() {
    assertEquals("P|.", selectedText(query(new TokenSelection.Positions(List.of(9, 0, 0)))));
  }

  @Test
  void selectionThatIsNotThereIsNamed() {
    assertRefused(
        "tokens has a text of 5 characters that does not occur in the completion",
        new TokenSelection.Span("Where"));
    assertRefused(
        "tokens is an empty text: name a part of the completion", new TokenSelection.Span(""));
    assertRefused(
        "tokens has position 10, the completion has 10 tokens, counted from 0",
        new TokenSelection.Positions(List.of(1, 10)));
    assertRefused(
        "tokens is an empty list: name at least one position",
        new TokenSelection.Positions(List.of()));
  }

  private void assertRefused(String sentence, TokenSelection selection) {
    assertEquals(
        sentence,
        assertThrows(IllegalArgumentException.class, () -> query(selection)).getMessage());
  }

  @Test
  void completionBeyondTheLimitIsRefusedWhateverIsSelected() throws IOException {
    int tokens = 1 + GENERATION.prompt().length() + 10;
    try (Attributor fits = open(spec("max_tokens", tokens));
        Attributor narrow = open(spec("max_tokens", tokens - 3))) {
      assertEquals(10, fits.query(GENERATION, new TokenSelection.All(), false).tokens().size());
      for (TokenSelection selection :
          List.of(new TokenSelection.All(), new TokenSelection.Positions(List.of(0)))) {
        assertEquals(
            "the completion has at least 3 tokens beyond the limit of 15: shorten it or the prompt, or use"
                + " an attributor with more max_tokens if the model takes them",
            assertThrows(
                    IllegalArgumentException.class,
                    () -> narrow.query(GENERATION, selection, false))
                .getMessage());
      }
    }
  }

  /** Field report: a prompt that begins with the first token must not get a second one. */
  @Test
  void aFirstTokenThatThePromptSpellsChangesNothing() {
    Sample spelled = new Sample("<s>" + GENERATION.prompt(), GENERATION.completion());
    assertArrayEquals(
        attributor.query(GENERATION, new TokenSelection.All(), false).vector(),
        attributor.query(spelled, new TokenSelection.All(), false).vector());
    assertArrayEquals(
        vector(attributor.documents(List.of(GENERATION)).getFirst()),
        vector(attributor.documents(List.of(spelled)).getFirst()));
  }

  /** A document that spells a special token has the vector of its characters. */
  @Test
  void specialTokensInFieldsAreReadAsTheAttributorSays() throws IOException {
    Sample field = new Sample("Q", "is<s>", List.of(new TextRange(0, 6)));
    Sample spelled = new Sample("Q", "is<s>");
    assertEquals(1 + 1 + 1 + 3, tokens(attributor, field));
    assertEquals(1 + 1 + 1 + 1, tokens(attributor, spelled));
    try (Attributor everywhere = open(spec("special_tokens", "everywhere"))) {
      assertEquals(4, tokens(everywhere, field));
    }
  }

  private static int tokens(Attributor attributor, Sample sample) {
    return ((GradientResult.Vector) attributor.documents(List.of(sample)).getFirst()).tokens();
  }

  @Test
  void queryWithoutAGradientIsRefused() throws IOException {
    assertThrows(
        IllegalArgumentException.class,
        () -> attributor.query(new Sample("a", ""), new TokenSelection.All(), false));
    try (Attributor dead = open(spec("adapter", "dead"))) {
      assertEquals(
          "the query has no vector: the gradient is zero in every parameter",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> dead.query(GENERATION, new TokenSelection.All(), false))
              .getMessage());
    }
  }
}
