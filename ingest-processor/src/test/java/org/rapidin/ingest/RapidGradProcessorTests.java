package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;

/** Which vector a document gets, and how a bulk is sent. */
public class RapidGradProcessorTests extends RapidGradTestCase {
  public void testEveryDocumentGetsItsOwnTextsRow() throws Exception {
    List<IngestDocumentWrapper> documents = documents(5);
    List<IngestDocumentWrapper> done = run(processor(Map.of()), documents);
    assertEquals(5, done.size());
    for (IngestDocumentWrapper document : done) {
      assertNull(document.getException());
      PendingVector pending = vectors.get(placeholder(document));
      assertEquals(document.getSlot() + 1, pending.vector().values()[0], 0);
      assertEquals("print", pending.attributor().fingerprint());
    }
  }

  public void testEveryVectorHasTheDigestOfItsOwnText() throws Exception {
    List<IngestDocumentWrapper> documents = documents(12);
    for (IngestDocumentWrapper document : documents) {
      // The order of lengths, in which they are computed, is not that of the documents.
      String number = "0".repeat(12 - document.getSlot()) + (document.getSlot() + 1);
      document.getIngestDocument().setFieldValue("answer", number);
    }
    for (IngestDocumentWrapper document : run(processor(Map.of("batch_size", 5)), documents)) {
      PendingVector pending = vectors.get(placeholder(document));
      String answer = document.getIngestDocument().getFieldValue("answer", String.class);
      Sample sample =
          asked.stream()
              .flatMap(List::stream)
              .filter(one -> one.completion().equals(answer))
              .findFirst()
              .orElseThrow();
      assertEquals(document.getSlot() + 1, pending.vector().values()[0], 0);
      assertArrayEquals(sample.digest(), pending.textDigest());
    }
  }

  public void testNothingIsComputedForAnIndexThatTakesNoVectors() throws Exception {
    List<String> askedFor = new ArrayList<>();
    refusals =
        index -> {
          askedFor.add(index);
          return CompletableFuture.completedFuture(
              index.equals("closed")
                  ? Optional.of(new IllegalArgumentException("takes none"))
                  : Optional.empty());
        };
    List<IngestDocumentWrapper> documents = documents(6);
    for (IngestDocumentWrapper document : documents) {
      String index = document.getSlot() % 2 == 0 ? "closed" : "open";
      document.getIngestDocument().setFieldValue("_index", index);
    }
    for (IngestDocumentWrapper document : run(processor(Map.of()), documents)) {
      assertEquals(document.getSlot() % 2 == 0, document.getException() != null);
    }
    assertEquals(List.of("closed", "open"), askedFor);
    assertEquals(3, asked.stream().mapToInt(List::size).sum());
  }

  public void testNothingIsComputedBeforeTheAnswerOfAnIndexHasCome() throws Exception {
    CompletableFuture<Optional<Exception>> answer = new CompletableFuture<>();
    refusals = index -> answer;
    List<IngestDocumentWrapper> done = new ArrayList<>();
    VectorReservation bulk = new VectorReservation(breaker);
    try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
      processor(Map.of()).batchExecute(documents(3), done::addAll);
    }
    assertEquals(List.of(), asked);
    assertEquals(List.of(), done);
    answer.complete(Optional.empty());
    assertEquals(1, asked.size());
    assertEquals(3, done.size());
    bulk.close();
  }

  public void testADocumentWithoutTheNameOfAnIndexFailsAlone() throws Exception {
    List<IngestDocumentWrapper> documents = documents(2);
    documents.getFirst().getIngestDocument().setFieldValue("_index", 7);
    List<IngestDocumentWrapper> done = run(processor(Map.of()), documents);
    assertTrue(done.getFirst().getException().getMessage().contains("_index"));
    assertNull(done.get(1).getException());
    documents = documents(1);
    documents.getFirst().getIngestDocument().getSourceAndMetadata().remove("_index");
    done = run(processor(Map.of()), documents);
    assertTrue(done.getFirst().getException().getMessage().contains("has no _index any more"));
    assertEquals(1, asked.size());
  }

  public void testADocumentHoldsNoNumberOfItsVectorWhileThePipelineRuns() throws Exception {
    List<IngestDocumentWrapper> done = run(processor(Map.of()), documents(2));
    for (IngestDocumentWrapper document : done) {
      assertTrue(placeholder(document).length() < 64);
    }
    assertNotEquals(placeholder(done.get(0)), placeholder(done.get(1)));
  }

  public void testAPlaceholderOfAnotherBulkOrAGuessedOneStandsForNothing() {
    VectorReservation mine = new VectorReservation(breaker);
    VectorReservation other = new VectorReservation(breaker);
    PendingVector vector =
        new PendingVector(
            DEMO, new GradientVector(new float[DIMENSION]), new Sample("", "1").digest());
    String placeholder = mine.hold(vector);
    assertTrue(mine.isPlaceholder(placeholder));
    assertFalse(other.isPlaceholder(placeholder));
    assertTrue(other.take(placeholder).isEmpty());
    assertTrue(mine.take(placeholder.replaceAll(".$", "7")).isEmpty());
    assertSame(vector, mine.take(placeholder).get());
    assertTrue("a vector is taken once", mine.take(placeholder).isEmpty());
    String late = mine.hold(vector);
    mine.close();
    assertTrue("the bulk has been answered", mine.take(late).isEmpty());
  }

  public void testFieldMapAndTargetFieldSayWhereTextComesFromAndVectorsGo() throws Exception {
    Processor processor =
        processor(Map.of("field_map", Map.of("answer", "reply.text"), "target_field", "v"));
    IngestDocument document = documents(1).getFirst().getIngestDocument();
    document.removeField("answer");
    document.setFieldValue("question", 7);
    document.setFieldValue("reply.text", "1");
    run(processor, List.of(new IngestDocumentWrapper(0, 0, document, null)));
    Sample sample = new Sample("7", "1", List.of(new TextRange(0, 1), new TextRange(1, 2)));
    assertEquals(List.of(List.of(sample)), asked);
    assertTrue(document.hasField("v"));
  }

  public void testAVectorThatHasNoPlaceInItsDocumentIsNotHeld() throws Exception {
    List<IngestDocumentWrapper> documents = documents(1);
    documents.getFirst().getIngestDocument().setFieldValue("v", "text");
    VectorReservation bulk = new VectorReservation(breaker);
    try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
      documents = run(processor(Map.of("target_field", "v.gradient")), documents);
    }
    assertNotNull(documents.getFirst().getException());
    assertEquals(0, breaker.getUsed());
    GradientVector vector = new GradientVector(new float[DIMENSION]);
    String next = bulk.hold(new PendingVector(DEMO, vector, new byte[0]));
    assertTrue("its bytes are free", bulk.take(next.replaceAll(".$", "0")).isEmpty());
    bulk.close();
  }

  public void testATargetThatIsNoFieldOfTheDocumentIsRefused() {
    for (String target : List.of("_id", "_index", "_routing", "_ingest.gradient", " ")) {
      Exception e = expectThrows(Exception.class, () -> processor(Map.of("target_field", target)));
      assertTrue(e.getMessage(), e.getMessage().contains("[target_field]"));
    }
  }

  public void testABulkIsSortedByLengthAndSentInPiecesOfBatchSize() throws Exception {
    run(processor(Map.of()), documents(150));
    assertEquals(List.of(64, 64, 22), asked.stream().map(List::size).toList());
    asked.clear();
    List<IngestDocumentWrapper> documents = documents(5);
    for (int i = 0; i < 5; i++) {
      String question = "q".repeat(List.of(9, 2, 7, 1, 5).get(i));
      documents.get(i).getIngestDocument().setFieldValue("question", question);
    }
    List<IngestDocumentWrapper> done = run(processor(Map.of("batch_size", 2)), documents);
    assertEquals(
        List.of(List.of(1, 2), List.of(5, 7), List.of(9)),
        asked.stream()
            .map(piece -> piece.stream().map(sample -> sample.prompt().length()).toList())
            .toList());
    for (int i = 0; i < 5; i++) {
      assertEquals(i, done.get(i).getSlot());
      assertEquals(i + 1, vectors.get(placeholder(done.get(i))).vector().values()[0], 0);
    }
  }

  public void testNoMoreThanTwoPiecesOfABulkAreInTheQueueAtATime() throws Exception {
    List<CompletableFuture<List<GradientResult>>> open = new ArrayList<>();
    answers =
        samples -> {
          open.add(new CompletableFuture<>());
          return open.getLast();
        };
    List<IngestDocumentWrapper> done = new ArrayList<>();
    new VectorReservation(breaker).begin(threadContext);
    processor(Map.of("batch_size", 1)).batchExecute(documents(10), done::addAll);
    for (int i = 0; i < 10; i++) {
      assertEquals(Math.min(10, i + 2), open.size());
      open.get(i).complete(List.of(vector(asked.get(i).getFirst())));
    }
    assertEquals(10, done.size());
  }

  public void testTenThousandBatchesThatAnswerAtOnceDoNotExhaustTheStack() throws Exception {
    assertEquals(10_000, run(processor(Map.of("batch_size", 1)), documents(10_000)).size());
  }

  public void testASimulationShowsWordsInPlaceOfTheVector() throws Exception {
    List<IngestDocumentWrapper> documents = documents(1);
    try (ThreadContext.StoredContext ignored = Simulation.begin(threadContext)) {
      run(processor(Map.of()), documents);
    }
    assertEquals(
        "gradient of 256 numbers, norm 1.000, from 3 tokens",
        documents.getFirst().getIngestDocument().getFieldValue("gradient", String.class));
  }

  public void testASingleDocumentGoesTheSameWay() throws Exception {
    IngestDocument document = documents(1).getFirst().getIngestDocument();
    new VectorReservation(breaker).begin(threadContext);
    List<Exception> faults = new ArrayList<>();
    processor(Map.of()).execute(document, (done, fault) -> faults.add(fault));
    assertNull(faults.getFirst());
    assertTrue(document.hasField("gradient"));
    document.removeField("answer");
    processor(Map.of()).execute(document, (done, fault) -> faults.add(fault));
    assertTrue(faults.get(1).getMessage().contains("[answer]"));
  }
}
