package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.CompoundProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.rapidin.attribution.GradientResult;

/** Documents, requests and options that fail. */
public class RapidGradFaultTests extends RapidGradTestCase {
  public void testADocumentWithoutVectorFailsAloneWithTheReason() throws Exception {
    answers =
        samples ->
            CompletableFuture.completedFuture(
                samples.stream()
                    .<GradientResult>map(
                        sample ->
                            sample.completion().equals("2")
                                ? new GradientResult.Failure("no gradient")
                                : vector(sample))
                    .toList());
    List<IngestDocumentWrapper> documents = documents(4);
    documents.get(3).getIngestDocument().removeField("answer");
    List<IngestDocumentWrapper> done = run(processor(Map.of()), documents);
    assertNull(done.get(0).getException());
    assertEquals("no gradient", done.get(1).getException().getMessage());
    assertNull(done.get(2).getException());
    assertTrue(done.get(3).getException().getMessage().contains("field [answer] is missing"));
    assertFalse(done.get(1).getIngestDocument().hasField("gradient"));
    assertEquals(0, breaker.getUsed());
  }

  public void testAFaultOfTheWholeRequestIsEveryDocumentsFault() throws Exception {
    answers =
        samples -> CompletableFuture.failedFuture(new OpenSearchRejectedExecutionException("full"));
    for (IngestDocumentWrapper document : run(processor(Map.of()), documents(3))) {
      assertTrue(document.getException() instanceof OpenSearchRejectedExecutionException);
    }
    assertEquals(0, breaker.getUsed());
  }

  /** Thrown while another piece's future completes, it would be swallowed there. */
  public void testAFaultThatTheSourceThrowsIsItsDocumentsFault() throws Exception {
    List<CompletableFuture<List<GradientResult>>> open = new ArrayList<>();
    answers =
        samples -> {
          if (open.size() == 2) {
            throw new IllegalStateException("the node is closing");
          }
          open.add(new CompletableFuture<>());
          return open.getLast();
        };
    List<IngestDocumentWrapper> done = new ArrayList<>();
    VectorReservation bulk = new VectorReservation(breaker);
    try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
      processor(Map.of("batch_size", 1)).batchExecute(documents(3), done::addAll);
    }
    open.get(0).complete(List.of(vector(asked.get(0).getFirst())));
    open.get(1).complete(List.of(vector(asked.get(1).getFirst())));
    assertEquals(3, done.size());
    assertEquals(
        List.of("the node is closing"),
        done.stream()
            .filter(document -> document.getException() != null)
            .map(document -> document.getException().getMessage())
            .toList());
    bulk.close();
    assertEquals(0, breaker.getUsed());
  }

  public void testUnknownAttributorIsEveryDocumentsFaultAndNothingIsAsked() throws Exception {
    List<IngestDocumentWrapper> done = run(processor(Map.of("attributor", "nobody")), documents(2));
    assertEquals("no attributor [nobody]", done.get(0).getException().getMessage());
    assertTrue(asked.isEmpty());
  }

  public void testIgnoreFailureAndOnFailureWorkPerDocument() throws Exception {
    List<IngestDocumentWrapper> documents = documents(3);
    documents.get(1).getIngestDocument().removeField("answer");
    List<IngestDocumentWrapper> ignored =
        run(new CompoundProcessor(true, List.of(processor(Map.of())), List.of()), documents);
    assertEquals(3, ignored.size());
    assertTrue(ignored.stream().allMatch(document -> document.getException() == null));

    documents = documents(3);
    documents.get(1).getIngestDocument().removeField("answer");
    Processor mark = new MarkProcessor();
    List<IngestDocumentWrapper> marked =
        run(new CompoundProcessor(false, List.of(processor(Map.of())), List.of(mark)), documents);
    assertEquals(
        1L, marked.stream().filter(one -> one.getIngestDocument().hasField("failed")).count());
    assertTrue(marked.stream().allMatch(document -> document.getException() == null));
  }

  public void testUnknownAndMissingOptionsAreNamed() {
    Exception missing =
        expectThrows(Exception.class, () -> factory().create(Map.of(), "t", null, new HashMap<>()));
    assertTrue(missing.getMessage(), missing.getMessage().contains("[attributor]"));
    Exception map =
        expectThrows(Exception.class, () -> processor(Map.of("field_map", Map.of("answer", 3))));
    assertTrue(map.getMessage(), map.getMessage().contains("[answer] must name a document field"));
  }

  private static final class MarkProcessor extends AbstractProcessor {
    MarkProcessor() {
      super("mark", null);
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
      document.setFieldValue("failed", true);
      return document;
    }

    @Override
    public String getType() {
      return "mark";
    }
  }
}
