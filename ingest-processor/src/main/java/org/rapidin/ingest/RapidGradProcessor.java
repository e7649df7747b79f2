package org.rapidin.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;

/**
 * Computes for each document the gradient that its text causes in the attributor's model. The whole
 * bulk is rendered and sorted by length, and computed in pieces. The bulk's {@link
 * VectorReservation} holds the vectors and the documents get placeholders; a vector takes its place
 * when the index and the field are known. Write threads do not wait: vectors arrive on another
 * thread, and the pipeline continues there. A document that gets no vector fails alone, with the
 * reason.
 */
public final class RapidGradProcessor extends AbstractBatchingProcessor {
  /** The processor's name in a pipeline. */
  public static final String TYPE = "rapidgrad";

  // One piece is computed while the vectors of another are put into its documents.
  private static final int PIECES_AT_A_TIME = 2;

  private final String attributor;
  private final String targetField;
  private final Map<String, String> fieldMap;
  private final IngestServices services;

  RapidGradProcessor(
      String tag,
      String description,
      int batchSize,
      String attributor,
      String targetField,
      Map<String, String> fieldMap,
      IngestServices services) {
    super(tag, description, batchSize);
    this.attributor = attributor;
    this.targetField = targetField;
    this.fieldMap = fieldMap;
    this.services = services;
  }

  @Override
  public String getType() {
    return TYPE;
  }

  /** Never called: the pipeline calls the asynchronous form. */
  @Override
  public IngestDocument execute(IngestDocument document) {
    throw new UnsupportedOperationException("[%s] runs asynchronously only".formatted(TYPE));
  }

  @Override
  public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    IngestDocumentWrapper alone = new IngestDocumentWrapper(0, 0, document, null);
    subBatchExecute(
        List.of(alone),
        done -> {
          Exception fault = done.getFirst().getException();
          handler.accept(fault == null ? done.getFirst().getIngestDocument() : null, fault);
        });
  }

  /** Takes the whole bulk: it is sorted by length before it is cut into pieces. */
  @Override
  public void batchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    subBatchExecute(documents, handler);
  }

  @Override
  protected void subBatchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    ResolvedAttributor resolved;
    VectorTarget target;
    try {
      resolved = services.attributors().apply(attributor);
      target = VectorTarget.of(targetField, resolved, services.threadContext(), services.breaker());
    } catch (RuntimeException e) {
      handler.accept(documents.stream().map(document -> failed(document, e)).toList());
      return;
    }
    SampleBatch bulk = new SampleBatch(documents, target);
    Runnable compute = () -> compute(bulk, resolved, () -> handler.accept(bulk.finish()));
    CompletableFuture<Void> known = bulk.refuse(services.refusals());
    if (known.isDone()) {
      compute.run();
    } else {
      known.thenRun(() -> guarded(compute));
    }
  }

  private void compute(SampleBatch bulk, ResolvedAttributor resolved, Runnable done) {
    AttributorSpec spec = resolved.spec();
    TextLimit limit = new TextLimit(spec.maxTokens(), services.maxCharacters());
    bulk.render(new DocumentText(spec.template(), fieldMap, limit), spec.dimension());
    List<List<Integer>> pieces = bulk.pieces(batchSize);
    if (pieces.isEmpty()) {
      done.run();
      return;
    }
    new BatchLanes<>(pieces, (piece, pieceDone) -> compute(bulk, piece, resolved, pieceDone), done)
        .start(PIECES_AT_A_TIME);
  }

  private void compute(
      SampleBatch bulk, List<Integer> piece, ResolvedAttributor resolved, Runnable done) {
    vectors(resolved, bulk.samples(piece))
        .whenComplete(
            (results, fault) ->
                guarded(
                    () -> {
                      bulk.complete(piece, results, fault);
                      done.run();
                    }));
  }

  /** Runs what a future completes, which would swallow an error: no bulk would be answered. */
  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (Error fatal) {
      ExceptionsHelper.maybeDieOnAnotherThread(fatal);
      throw fatal;
    }
  }

  /** What is thrown counts like a failed future: otherwise the bulk would never be answered. */
  private CompletableFuture<List<GradientResult>> vectors(
      ResolvedAttributor resolved, List<Sample> samples) {
    try {
      return services.gradients().get().documents(resolved, samples);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static IngestDocumentWrapper failed(IngestDocumentWrapper document, Exception fault) {
    return new IngestDocumentWrapper(
        document.getSlot(), document.getChildSlot(), document.getIngestDocument(), fault);
  }
}
