package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.rapidin.attribution.GradientResult;
import org.rapidin.scorer.ElementType;

/** Heap that the vectors of a bulk take on the breaker. */
public class RapidGradMemoryTests extends RapidGradTestCase {
  public void testOutsideOfABulkEveryDocumentIsRefusedBeforeTheModelRuns() throws Exception {
    List<IngestDocumentWrapper> done = new ArrayList<>();
    processor(Map.of()).batchExecute(documents(2), done::addAll);
    assertEquals(2, done.size());
    assertTrue(done.get(0).getException().getMessage().contains("needs a bulk"));
    assertTrue(asked.isEmpty());
  }

  public void testBytesAreReservedBeforeComputingAndHeldUntilTheBulkIsAnswered() throws Exception {
    long each = VectorReservation.bytesPerDocument(ElementType.FLOAT16, DIMENSION);
    VectorReservation bulk = new VectorReservation(breaker);
    answers =
        samples -> {
          long texts = samples.stream().mapToLong(sample -> 6 * sample.characters()).sum();
          assertEquals(samples.size() * each + texts, breaker.getUsed());
          return CompletableFuture.completedFuture(
              samples.stream().map(RapidGradProcessorTests::vector).toList());
        };
    try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
      run(processor(Map.of()), documents(4));
    }
    assertEquals(4 * each, breaker.getUsed());
    bulk.close();
    bulk.close();
    assertEquals(0, breaker.getUsed());
  }

  public void testAFailedDocumentGivesItsBytesBackWhileTheBulkGoesOn() throws Exception {
    answers =
        samples ->
            CompletableFuture.completedFuture(
                List.of(vector(samples.getFirst()), new GradientResult.Failure("no gradient")));
    VectorReservation bulk = new VectorReservation(breaker);
    try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
      run(processor(Map.of()), documents(2));
    }
    assertEquals(
        VectorReservation.bytesPerDocument(ElementType.FLOAT16, DIMENSION), breaker.getUsed());
    bulk.close();
  }

  public void testDocumentsBeyondTheLimitAreRefusedOneByOne() throws Exception {
    long each = VectorReservation.bytesPerDocument(ElementType.FLOAT16, DIMENSION);
    breaker = breaker(3 * each + each / 2); // room for the texts of three documents
    List<IngestDocumentWrapper> done = run(processor(Map.of()), documents(5));
    for (int i = 0; i < 5; i++) {
      assertEquals(i < 3, done.get(i).getException() == null);
    }
    Exception refused = done.get(4).getException();
    assertTrue(refused instanceof CircuitBreakingException);
    assertTrue(refused.getMessage().startsWith("no memory for this document's vector now"));
    assertEquals("the bulk has been answered", 0, breaker.getUsed());
  }
}
