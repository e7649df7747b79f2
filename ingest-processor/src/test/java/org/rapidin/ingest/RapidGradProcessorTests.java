package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.CompoundProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.scorer.ElementType;

/** What the processor does with batches, against a source that answers what the test says. */
public class RapidGradProcessorTests extends OpenSearchTestCase {
  private static final int DIMENSION = 256;
  private static final AttributorSpec SPEC =
      AttributorSpecFormat.fromMap(
          Map.of(
              "model", "tiny",
              "template", Map.of("prompt", "{{question}}", "completion", "{{answer}}"),
              "compression", Map.of("dimension", DIMENSION)));

  private static final ResolvedAttributor DEMO = new ResolvedAttributor("demo", SPEC, "print", 1);

  private final Map<String, PendingVector> vectors = new HashMap<>();
  private final ThreadContext threadContext = new ThreadContext(Settings.EMPTY);
  private final List<List<Sample>> asked = new ArrayList<>();
  private CircuitBreaker breaker = breaker(1L << 30);
  private Function<List<Sample>, CompletableFuture<List<GradientResult>>> answers =
      samples ->
          CompletableFuture.completedFuture(
              samples.stream().map(RapidGradProcessorTests::vector).toList());

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

  public void testOutsideOfABulkEveryDocumentIsRefusedBeforeTheModelRuns() throws Exception {
    List<IngestDocumentWrapper> done = new ArrayList<>();
    processor(Map.of()).batchExecute(documents(2), done::addAll);
    assertEquals(2, done.size());
    assertTrue(done.get(0).getException().getMessage().contains("needs a bulk"));
    assertTrue(asked.isEmpty());
  }

  public void testFieldMapAndTargetFieldSayWhereTextComesFromAndVectorsGo() throws Exception {
    Processor processor =
        processor(Map.of("field_map", Map.of("answer", "reply.text"), "target_field", "v"));
    IngestDocument document = new IngestDocument(new HashMap<>(), new HashMap<>());
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

  public void testUnknownAndMissingOptionsAreNamed() {
    Exception missing =
        expectThrows(Exception.class, () -> factory().create(Map.of(), "t", null, new HashMap<>()));
    assertTrue(missing.getMessage(), missing.getMessage().contains("[attributor]"));
    Exception map =
        expectThrows(Exception.class, () -> processor(Map.of("field_map", Map.of("answer", 3))));
    assertTrue(map.getMessage(), map.getMessage().contains("[answer] must name a document field"));
  }

  private static CircuitBreaker breaker(long limitBytes) {
    Settings parentCountsChildren =
        Settings.builder().put("indices.breaker.total.use_real_memory", false).build();
    return new HierarchyCircuitBreakerService(
            parentCountsChildren,
            List.of(new BreakerSettings("rapidin", limitBytes, 1.0)),
            new ClusterSettings(Settings.EMPTY, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS))
        .getBreaker("rapidin");
  }

  private RapidGradProcessorFactory factory() {
    return new RapidGradProcessorFactory(
        new IngestServices(
            id -> {
              if (!id.equals("demo")) {
                throw new IllegalArgumentException("no attributor [" + id + "]");
              }
              return DEMO;
            },
            () -> new RecordingSource(),
            () -> breaker,
            threadContext,
            1 << 20));
  }

  private Processor processor(Map<String, Object> options) throws Exception {
    Map<String, Object> config = new HashMap<>(Map.of("attributor", "demo"));
    config.putAll(options);
    return factory().create(Map.of(), "t", null, config);
  }

  /** Runs a processor in a bulk of its own, unless one is bound; keeps the vectors it held. */
  private List<IngestDocumentWrapper> run(
      Processor processor, List<IngestDocumentWrapper> documents) {
    List<IngestDocumentWrapper> done = new ArrayList<>();
    if (VectorReservation.bound(threadContext) != null) {
      processor.batchExecute(documents, done::addAll);
    } else {
      VectorReservation bulk = new VectorReservation(breaker);
      try (ThreadContext.StoredContext ignored = bulk.begin(threadContext)) {
        processor.batchExecute(documents, done::addAll);
      }
      for (IngestDocumentWrapper document : done) {
        String text = placeholder(document);
        if (text != null) {
          bulk.take(text).ifPresent(vector -> vectors.put(text, vector));
        }
      }
      bulk.close();
    }
    done.sort((a, b) -> Integer.compare(a.getSlot(), b.getSlot()));
    return done;
  }

  private static String placeholder(IngestDocumentWrapper document) {
    return document.getIngestDocument().getFieldValue("gradient", String.class, true);
  }

  private static List<IngestDocumentWrapper> documents(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              Map<String, Object> source = new HashMap<>();
              source.put("question", "q");
              source.put("answer", "" + (i + 1));
              IngestDocument document = new IngestDocument(source, new HashMap<>());
              return new IngestDocumentWrapper(i, 0, document, null);
            })
        .toList();
  }

  private static GradientResult vector(Sample sample) {
    float[] values = new float[DIMENSION];
    values[0] = Float.parseFloat(sample.completion());
    return new GradientResult.Vector(new GradientVector(values), 3, false);
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

  private final class RecordingSource implements GradientSource {
    @Override
    public CompletableFuture<List<GradientResult>> documents(
        ResolvedAttributor attributor, List<Sample> samples) {
      assertEquals(DEMO, attributor);
      asked.add(List.copyOf(samples));
      return answers.apply(samples);
    }

    @Override
    public CompletableFuture<QueryGradient> query(
        ResolvedAttributor attributor,
        Sample generation,
        TokenSelection selection,
        boolean perToken) {
      throw new AssertionError("the processor asks for documents only");
    }
  }
}
