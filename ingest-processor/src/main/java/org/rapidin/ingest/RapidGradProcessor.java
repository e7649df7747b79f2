package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.util.concurrent.ThreadContext.StoredContext;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * Computes for each document the gradient that its text causes in the attributor's model. The
 * bulk's {@link VectorReservation} holds the vector and the document gets a placeholder; the vector
 * takes its place when the index and the field are known. Write threads are never held: vectors
 * come on another thread, and the pipeline goes on there. A document that gets no vector fails
 * alone, with the reason.
 */
public final class RapidGradProcessor extends AbstractBatchingProcessor {
  /** The processor's name in a pipeline. */
  public static final String TYPE = "rapidgrad";

  // One batch is computed while the next one is rendered and waits.
  private static final int BATCHES_AT_A_TIME = 2;

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
    throw new UnsupportedOperationException("[" + TYPE + "] runs asynchronously only");
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

  @Override
  public void batchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    if (documents.isEmpty()) {
      handler.accept(List.of());
      return;
    }
    List<List<IngestDocumentWrapper>> batches = new ArrayList<>();
    for (int from = 0; from < documents.size(); from += batchSize) {
      batches.add(documents.subList(from, Math.min(from + batchSize, documents.size())));
    }
    new BatchLanes<>(batches, this::subBatchExecute, handler).start(BATCHES_AT_A_TIME);
  }

  @Override
  protected void subBatchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    AttributorSpec spec;
    VectorTarget target;
    try {
      ResolvedAttributor resolved = services.attributors().apply(attributor);
      spec = resolved.spec();
      target = VectorTarget.of(targetField, resolved, services.threadContext(), services.breaker());
    } catch (RuntimeException e) {
      handler.accept(documents.stream().map(document -> failed(document, e)).toList());
      return;
    }
    SampleBatch batch = new SampleBatch(documents, target);
    batch.render(new DocumentText(spec.template(), fieldMap), spec.dimension());
    if (batch.samples().isEmpty()) {
      handler.accept(batch.finish());
      return;
    }
    Supplier<StoredContext> caller = services.threadContext().newRestorableContext(false);
    services
        .gradients()
        .get()
        .documents(attributor, batch.samples())
        .whenComplete(
            (results, fault) -> {
              try (StoredContext ignored = caller.get()) {
                batch.complete(results, fault);
                handler.accept(batch.finish());
              } catch (Error fatal) {
                // The stage would swallow it, and the bulk would never be answered.
                ExceptionsHelper.maybeDieOnAnotherThread(fatal);
                throw fatal;
              }
            });
  }

  private static IngestDocumentWrapper failed(IngestDocumentWrapper document, Exception fault) {
    return new IngestDocumentWrapper(
        document.getSlot(), document.getChildSlot(), document.getIngestDocument(), fault);
  }
}
