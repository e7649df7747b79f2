package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.compression.Identity;

/** The parts of a document's tokens, for every method, normalization and similarity. */
class TrainingTokensTests extends AttributorTestCase {
  private static final Sample DOCUMENT =
      new Sample("Where? ", "Paris it is.", List.of(new TextRange(7, 19)));

  static Stream<AttributorSpec> specs() {
    List<Object> linear = List.of("adapter", "", "parameters", List.of("linear"));
    return Stream.of(
        spec(),
        twoCheckpoints(),
        spec("similarity", "cosine"),
        spec("normalization", "none", "score_scale", 1),
        spec().with(new Identity(0)),
        spec("compression", Map.of("method", "lm_head", "dimension", 1024)),
        spec(with(linear, "compression", Map.of("method", "logra", "rank", 4))),
        spec(with(linear, "compression", Map.of("method", "trackstar", "dimension", 512))));
  }

  private static Object[] with(List<Object> some, Object... more) {
    List<Object> all = new ArrayList<>(some);
    all.addAll(List.of(more));
    return all.toArray();
  }

  /** Noise, and a vector that has something in common with the document. */
  private static List<float[]> vectors(Attributor attributor) {
    float[] other = vector(attributor.documents(List.of(new Sample("A", " Paris"))).getFirst());
    Random random = new Random(5);
    float[] noise = new float[other.length];
    for (int k = 0; k < noise.length; k++) {
      noise[k] = (float) random.nextGaussian();
    }
    return List.of(other, noise);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void thePartsAddUpToTheDocumentsInnerProduct(AttributorSpec spec) throws Exception {
    try (Attributor attributor = open(spec)) {
      float[] document = vector(attributor.documents(List.of(DOCUMENT)).getFirst());
      List<float[]> vectors = vectors(attributor);
      TrainingTokens tokens = attributor.trainingTokens(DOCUMENT, vectors);
      assertEquals("P|a|r|is| |i|t| |is|.", String.join("|", tokens.tokens()));
      assertEquals(
          List.of(new Word("Paris", 4), new Word(" it", 3), new Word(" is.", 3)), tokens.words());
      assertFalse(tokens.truncated());
      for (int v = 0; v < vectors.size(); v++) {
        double sum = 0;
        for (double[] influences : tokens.influences()) {
          sum += influences[v];
        }
        double norms =
            new GradientVector(document).norm() * new GradientVector(vectors.get(v)).norm();
        assertEquals(inner(document, vectors.get(v)), sum, 1e-5 * norms);
      }
    }
  }

  /** Each alone: without normalization, a part is the product with the gradient of one loss. */
  @Test
  void aPartIsTheProductWithTheGradientOfTheTokensLoss() throws Exception {
    for (AttributorSpec spec :
        List.of(
            spec("normalization", "none", "score_scale", 1),
            spec("normalization", "none", "similarity", "cosine"))) {
      try (Attributor attributor = open(spec)) {
        List<float[]> vectors = vectors(attributor);
        TrainingTokens tokens = attributor.trainingTokens(DOCUMENT, vectors);
        float[] whole = attributor.query(DOCUMENT, new TokenSelection.All(), false).vector();
        double norm = spec.unitDocuments() ? new GradientVector(whole).norm() : 1;
        for (int i = 0; i < tokens.tokens().size(); i++) {
          float[] alone =
              attributor.query(DOCUMENT, new TokenSelection.Positions(List.of(i)), false).vector();
          for (int v = 0; v < vectors.size(); v++) {
            double wanted = inner(alone, vectors.get(v)) / norm / tokens.tokens().size();
            double bound = 1e-5 * new GradientVector(vectors.get(v)).norm();
            assertEquals(wanted, tokens.influences()[i][v], bound);
          }
        }
      }
    }
  }

  @Test
  void aMatrixThatIsTooLargeIsRefused() throws Exception {
    try (Attributor attributor = open(spec())) {
      float[] vector = vectors(attributor).getFirst();
      int tokens = attributor.trainingTokens(DOCUMENT, List.of(vector)).tokens().size();
      List<float[]> many = Collections.nCopies(DocumentTokens.MAX_NUMBERS / tokens + 1, vector);
      String refused =
          assertThrows(
                  IllegalArgumentException.class, () -> attributor.trainingTokens(DOCUMENT, many))
              .getMessage();
      assertEquals(
          "the influences of %s training tokens by %s vectors are more than 1048576 numbers: ask about fewer generated tokens"
              .formatted(tokens, many.size()),
          refused);
    }
  }

  @Test
  void aLongDocumentIsCutOffAsItIsWhenItIsIndexed() throws Exception {
    try (Attributor attributor = open(spec("max_tokens", 12))) {
      float[] document = vector(attributor.documents(List.of(DOCUMENT)).getFirst());
      List<float[]> vectors = vectors(attributor);
      TrainingTokens tokens = attributor.trainingTokens(DOCUMENT, vectors);
      assertTrue(tokens.truncated());
      assertEquals("P|a|r|is", String.join("|", tokens.tokens()));
      assertEquals(List.of(new Word("Paris", 4)), tokens.words());
      double sum = 0;
      for (double[] influences : tokens.influences()) {
        sum += influences[0];
      }
      assertEquals(inner(document, vectors.getFirst()), sum, 1e-4);
    }
  }

  /** 16 tokens of 1,048,576 numbers do not fit at a time: several passes give the same parts. */
  @Test
  void partsDoNotDependOnHowManyTokensAPassHas() throws Exception {
    assertEquals(4, DocumentTokens.atOnce(1 << 20));
    try (Attributor attributor = open(spec("compression", Map.of("dimension", 1 << 20)))) {
      float[] document = vector(attributor.documents(List.of(DOCUMENT)).getFirst());
      TrainingTokens tokens = attributor.trainingTokens(DOCUMENT, List.of(document));
      double sum = 0;
      for (double[] influences : tokens.influences()) {
        sum += influences[0];
      }
      assertEquals(inner(document, document), sum, 1e-4);
    }
  }

  @Test
  void whatCannotBeComputedIsRefused() throws Exception {
    try (Attributor attributor = open(spec());
        Attributor dead = open(spec("adapter", "dead"))) {
      assertRefused(
          "a vector has 2 numbers, those of the attributor have 1024",
          () -> attributor.trainingTokens(DOCUMENT, List.of(new float[2])));
      assertRefused(
          "the document has no vector: the gradient is zero in every parameter",
          () -> dead.trainingTokens(DOCUMENT, List.of(new float[1024])));
      assertThrows(
          CancellationException.class,
          () -> attributor.trainingTokens(DOCUMENT, List.of(new float[1024]), () -> true));
    }
  }

  private static void assertRefused(String sentence, Executable work) {
    assertEquals(sentence, assertThrows(IllegalArgumentException.class, work).getMessage());
  }
}
