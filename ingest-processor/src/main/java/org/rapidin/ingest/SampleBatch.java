package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.scorer.ElementType;

/**
 * One batch on its way: which documents have a sample, and what became of each. Used by one thread
 * at a time.
 */
final class SampleBatch {
  private final List<IngestDocumentWrapper> documents;
  private final VectorTarget target;
  private final Exception[] faults;
  private final List<Sample> samples = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>();
  private long bytesPerDocument;

  /**
   * @param documents as the pipeline handed them over
   * @param target where their vectors go
   */
  SampleBatch(List<IngestDocumentWrapper> documents, VectorTarget target) {
    this.documents = documents;
    this.target = target;
    this.faults = new Exception[documents.size()];
  }

  /**
   * Reads every document's sample and reserves the bytes of its vector. A float32 field takes more,
   * which is reserved when the field is known.
   *
   * @param text how a document is read
   * @param dimension K of the vectors to come
   */
  void render(DocumentText text, int dimension) {
    bytesPerDocument = VectorReservation.bytesPerDocument(ElementType.FLOAT16, dimension);
    for (int i = 0; i < documents.size(); i++) {
      IngestDocumentWrapper document = documents.get(i);
      if (document.getIngestDocument() == null || document.getException() != null) {
        continue;
      }
      try {
        Sample sample = text.of(document.getIngestDocument());
        reserve();
        samples.add(sample);
        places.add(i);
      } catch (RuntimeException e) {
        faults[i] = e;
      }
    }
  }

  /** Samples in order; documents that failed already have none. */
  List<Sample> samples() {
    return samples;
  }

  /**
   * Takes what the source answered.
   *
   * @param results one per sample, in order; null if {@code fault} is not
   * @param fault of the whole request, or null
   */
  void complete(List<GradientResult> results, Throwable fault) {
    for (int i = 0; i < places.size(); i++) {
      int place = places.get(i);
      try {
        if (fault != null) {
          throw asException(fault);
        }
        switch (results.get(i)) {
          case GradientResult.Vector vector ->
              target.put(documents.get(place).getIngestDocument(), samples.get(i), vector);
          case GradientResult.Failure failure ->
              throw new IllegalArgumentException(failure.reason());
        }
      } catch (Exception e) {
        faults[place] = e;
        target.reservation().release(bytesPerDocument);
      }
    }
  }

  /** Every document of the batch, in order, with its vector or its fault. */
  List<IngestDocumentWrapper> finish() {
    List<IngestDocumentWrapper> done = new ArrayList<>(documents.size());
    for (int i = 0; i < faults.length; i++) {
      IngestDocumentWrapper document = documents.get(i);
      done.add(
          faults[i] == null
              ? document
              : new IngestDocumentWrapper(
                  document.getSlot(),
                  document.getChildSlot(),
                  document.getIngestDocument(),
                  faults[i]));
    }
    target.batchDone();
    return done;
  }

  private void reserve() {
    try {
      target.reservation().reserve(bytesPerDocument);
    } catch (CircuitBreakingException e) {
      throw new CircuitBreakingException(
          "no memory for this document's vector now, send it again later, in smaller bulks: "
              + e.getMessage(),
          e.getBytesWanted(),
          e.getByteLimit(),
          e.getDurability());
    }
  }

  private static Exception asException(Throwable fault) {
    Throwable cause =
        fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
    return cause instanceof Exception exception ? exception : new IllegalStateException(cause);
  }
}
