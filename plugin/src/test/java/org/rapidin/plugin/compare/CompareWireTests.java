package org.rapidin.plugin.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.wire.NextVersion;

/** Messages about comparisons, and what users see of them. */
class CompareWireTests {
  private static final CompareAction.Side A = new CompareAction.Side("a", null);
  private static final CompareAction.Side B = new CompareAction.Side("b", "other");
  private static final CompareSample SAMPLE = new CompareSample(20, 500, 30, -7);

  @Test
  void everyMessageIsReadAsItWasWritten() throws IOException {
    int header = NextVersion.bytes(TransportRequest.Empty.INSTANCE).length();
    NextVersion.assertIsRead(
        new CompareAction.Request(A, B, "train", SAMPLE, false),
        header,
        CompareAction.Request::new);
    NextVersion.assertIsRead(answer(0.5), 0, CompareAction.Response::new);
    NextVersion.assertIsRead(new CompareProgress(3, 20), 0, CompareProgress::read);
  }

  private static CompareAction.Response answer(double rho) {
    return new CompareAction.Response(
        new CompareAction.Side("a", "gradient"),
        B,
        new Agreement(
            100,
            Estimate.of(new double[] {rho, rho, Double.NaN}),
            List.of(new Agreement.Overlap(10, Estimate.of(new double[] {0, 1, 0.5})))));
  }

  @Test
  void anAnswerSaysWhatWasCompared() {
    assertEquals(
        "{\"attributor\":\"a\",\"field\":\"gradient\",\"with\":\"b\",\"with_field\":\"other\",\"documents\":100,"
            + "\"spearman\":{\"mean\":0.5,\"standard_error\":0.0,\"queries\":2},"
            + "\"overlap\":[{\"k\":10,\"mean\":0.5,\"standard_error\":0.28867513459481287,\"queries\":3,\"by_chance\":0.1}]}",
        Strings.toString(MediaTypeRegistry.JSON, answer(0.5)));
    String none = Strings.toString(MediaTypeRegistry.JSON, answer(Double.NaN));
    assertTrue(none.contains("\"spearman\":{\"queries\":0}"), none);
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    assertRefused("queries must be at least 2, got 1", 1, 100, 10);
    assertRefused("k must be at least 1, got 0", 2, 100, 0);
    assertRefused(
        "documents must be more than 10, the number of those that rank first, got 10", 2, 10, 5);
    assertRefused(
        "documents must be more than 50, the number of those that rank first, got 50", 2, 50, 50);
    assertRefused(
        "queries and documents must be at most 10000 together, got 5000 and 5001", 5000, 5001, 5);
    assertEquals(
        "attributor [a] cannot be compared with itself: name another one with [with]",
        assertThrows(
                IllegalArgumentException.class,
                () -> new CompareAction.Request(A, A, "train", SAMPLE, false))
            .getMessage());
  }

  private static void assertRefused(String sentence, int queries, int documents, int k) {
    assertEquals(
        sentence,
        assertThrows(
                IllegalArgumentException.class, () -> new CompareSample(queries, documents, k, 42))
            .getMessage());
  }
}
