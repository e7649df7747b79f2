package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;
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
import org.rapidin.attribution.TokenSelection;

/** A processor with a gradient source of the test, and bulks to run it in. */
public abstract class RapidGradTestCase extends OpenSearchTestCase {
  static final int DIMENSION = 256;
  static final AttributorSpec SPEC =
      AttributorSpecFormat.fromMap(
          Map.of(
              "model", "tiny",
              "template", Map.of("prompt", "{{question}}", "completion", "{{answer}}"),
              "compression", Map.of("dimension", DIMENSION)));

  static final ResolvedAttributor DEMO = new ResolvedAttributor("demo", SPEC, "print", 1);

  final Map<String, PendingVector> vectors = new HashMap<>();
  final ThreadContext threadContext = new ThreadContext(Settings.EMPTY);
  final List<List<Sample>> asked = new ArrayList<>();
  CircuitBreaker breaker = breaker(1L << 30);
  Function<List<Sample>, CompletableFuture<List<GradientResult>>> answers =
      samples ->
          CompletableFuture.completedFuture(
              samples.stream().map(RapidGradTestCase::vector).toList());

  IndexRefusals refusals = index -> CompletableFuture.completedFuture(Optional.empty());

  static CircuitBreaker breaker(long limitBytes) {
    Settings parentCountsChildren =
        Settings.builder().put("indices.breaker.total.use_real_memory", false).build();
    return new HierarchyCircuitBreakerService(
            parentCountsChildren,
            List.of(new BreakerSettings("rapidin", limitBytes, 1.0)),
            new ClusterSettings(Settings.EMPTY, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS))
        .getBreaker("rapidin");
  }

  RapidGradProcessorFactory factory() {
    return new RapidGradProcessorFactory(
        new IngestServices(
            id -> {
              if (!id.equals("demo")) {
                throw new IllegalArgumentException("no attributor [" + id + "]");
              }
              return DEMO;
            },
            refusals,
            () -> new RecordingSource(),
            () -> breaker,
            threadContext,
            1 << 20));
  }

  Processor processor(Map<String, Object> options) throws Exception {
    Map<String, Object> config = new HashMap<>(Map.of("attributor", "demo"));
    config.putAll(options);
    return factory().create(Map.of(), "t", null, config);
  }

  /** Runs a processor in its own bulk, unless one is bound; keeps the vectors it held. */
  List<IngestDocumentWrapper> run(Processor processor, List<IngestDocumentWrapper> documents) {
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

  static String placeholder(IngestDocumentWrapper document) {
    return document.getIngestDocument().getFieldValue("gradient", String.class, true);
  }

  static List<IngestDocumentWrapper> documents(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              Map<String, Object> source = new HashMap<>();
              source.put("question", "q");
              source.put("answer", "" + (i + 1));
              IngestDocument document = new IngestDocument(source, new HashMap<>());
              document.setFieldValue("_index", "train");
              return new IngestDocumentWrapper(i, 0, document, null);
            })
        .toList();
  }

  static GradientResult vector(Sample sample) {
    float[] values = new float[DIMENSION];
    values[0] = Float.parseFloat(sample.completion());
    return new GradientResult.Vector(new GradientVector(values), 3, false);
  }

  final class RecordingSource implements GradientSource {
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
