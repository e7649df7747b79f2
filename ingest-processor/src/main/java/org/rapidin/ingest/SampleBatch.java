package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocument.Metadata;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.scorer.ElementType;

/**
 * The documents of one bulk: which of them have a sample, and the vector or the fault of each. Its
 * pieces may be completed by different threads at a time.
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
   * Makes the documents fail whose index takes no vectors, so that none is computed for them.
   *
   * @param refusals says why an index takes none; asked once an index
   * @return completes when all indices are known
   */
  CompletableFuture<Void> refuse(IndexRefusals refusals) {
    Map<String, CompletableFuture<Optional<Exception>>> asked = new HashMap<>();
    List<CompletableFuture<Void>> known = new ArrayList<>();
    for (int i = 0; i < faults.length; i++) {
      int place = i;
      if (isDone(documents.get(i))) {
        continue;
      }
      try {
        known.add(
            asked
                .computeIfAbsent(index(documents.get(i).getIngestDocument()), refusals::of)
                .thenAccept(refusal -> faults[place] = refusal.orElse(null)));
      } catch (RuntimeException e) { // no name of an index
        faults[i] = e;
      }
    }
    return CompletableFuture.allOf(known.toArray(CompletableFuture[]::new));
  }

  private static String index(IngestDocument document) {
    String index = document.getFieldValue(Metadata.INDEX.getFieldName(), String.class, true);
    if (index == null) {
      throw new IllegalArgumentException(
          "the document has no _index any more: let no processor before [rapidgrad] remove it");
    }
    return index;
  }

  /**
   * Reads every document's sample and reserves the bytes of its text and its vector. A float32
   * field takes more, which is reserved when the field is known.
   *
   * @param text how a document is read
   * @param dimension K of the vectors to come
   */
  void render(DocumentText text, int dimension) {
    bytesPerDocument = VectorReservation.bytesPerDocument(ElementType.FLOAT16, dimension);
    for (int i = 0; i < documents.size(); i++) {
      IngestDocumentWrapper document = documents.get(i);
      if (isDone(document) || faults[i] != null) {
        continue;
      }
      try {
        Sample sample = text.of(document.getIngestDocument());
        reserve(bytesPerDocument + textBytes(sample));
        samples.add(sample);
        places.add(i);
      } catch (RuntimeException e) {
        faults[i] = e;
      }
    }
  }

  /** Whether an earlier processor dropped the document, or failed on it. */
  private static boolean isDone(IngestDocumentWrapper document) {
    return document.getIngestDocument() == null || document.getException() != null;
  }

  /**
   * Cuts the samples into pieces of neighbours in length, so that little is padded in each.
   *
   * @param size samples of a piece
   * @return indices of samples; no piece where no document has a sample
   */
  List<List<Integer>> pieces(int size) {
    List<Integer> sorted =
        IntStream.range(0, samples.size())
            .boxed()
            .sorted(Comparator.comparing(i -> length(samples.get(i))))
            .toList();
    List<List<Integer>> pieces = new ArrayList<>();
    for (int from = 0; from < sorted.size(); from += size) {
      pieces.add(sorted.subList(from, Math.min(from + size, sorted.size())));
    }
    return pieces;
  }

  private static int length(Sample sample) {
    return sample.prompt().length() + sample.completion().length();
  }

  /** The samples of a piece, in its order. */
  List<Sample> samples(List<Integer> piece) {
    return piece.stream().map(samples::get).toList();
  }

  /**
   * Takes the source's answer for a piece.
   *
   * @param results one per sample of the piece, in its order; null if {@code fault} is not
   * @param fault of the whole piece, or null
   */
  void complete(List<Integer> piece, List<GradientResult> results, Throwable fault) {
    for (int i = 0; i < piece.size(); i++) {
      int place = places.get(piece.get(i));
      Sample sample = samples.get(piece.get(i));
      try {
        if (fault != null) {
          throw asException(fault);
        }
        switch (results.get(i)) {
          case GradientResult.Vector vector ->
              target.put(documents.get(place).getIngestDocument(), sample, vector);
          case GradientResult.Failure failure ->
              throw new IllegalArgumentException(failure.reason());
        }
        target.reservation().release(textBytes(sample));
      } catch (Exception e) {
        faults[place] = e;
        target.reservation().release(bytesPerDocument + textBytes(sample));
      }
    }
  }

  /** Every document of the bulk, in order, with its vector or its fault. */
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

  /** The rendered text, on its way to another node, and what of it is tokenized. */
  private static long textBytes(Sample sample) {
    return 3L * Character.BYTES * sample.characters();
  }

  private void reserve(long bytes) {
    try {
      target.reservation().reserve(bytes);
    } catch (CircuitBreakingException e) {
      throw new CircuitBreakingException(
          "no memory for this document's vector now, send it again later, in smaller bulks: %s"
              .formatted(e.getMessage()),
          e.getBytesWanted(),
          e.getByteLimit(),
          e.getDurability());
    }
  }

  /** An Error is not a document's fault: it ends the node. */
  private static Exception asException(Throwable fault) {
    Throwable cause =
        fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
    if (cause instanceof Error error) {
      throw error;
    }
    return (Exception) cause;
  }
}
