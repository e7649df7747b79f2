package org.rapidin.attribution.service;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * The jobs of one request for documents' vectors: its texts are tokenized in pieces, then sorted by
 * length and cut into batches, and each batch is one job. So all threads of the queue work on one
 * large request, and a query that arrives waits for a batch, not for the request.
 */
final class DocumentJobs {
  /** Texts of one job: small next to the time of a pass, large next to the cost of a job. */
  private static final int PIECE = 32;

  private final GradientRequest<?> request;
  private final DocumentTexts documents;
  private final LongAdder paddedTokens;
  private final Consumer<Consumer<Attributor>> attributor;
  private final AtomicInteger untokenized = new AtomicInteger();

  /**
   * @param request whose jobs these are
   * @param paddedTokens counts the tokens of the passes, padding included
   * @param attributor opens the attributor if necessary and keeps it open while it is used
   */
  DocumentJobs(
      GradientRequest<?> request,
      DocumentTexts documents,
      LongAdder paddedTokens,
      Consumer<Consumer<Attributor>> attributor) {
    this.request = request;
    this.documents = documents;
    this.paddedTokens = paddedTokens;
    this.attributor = attributor;
  }

  /** The first job: splits the texts into pieces. */
  void split() {
    int count = documents.count();
    untokenized.set(Math.ceilDiv(count, PIECE));
    for (int from = PIECE; from < count; from += PIECE) {
      int start = from;
      request.fork(() -> tokenize(start, Math.min(count, start + PIECE)));
    }
    tokenize(0, Math.min(count, PIECE));
  }

  private void tokenize(int from, int to) {
    attributor.accept(open -> open.tokenize(documents, from, to, request.cancelled()));
    if (untokenized.decrementAndGet() == 0) {
      attributor.accept(open -> open.batches(documents).forEach(this::compute));
    }
  }

  private void compute(List<Integer> batch) {
    request.fork(
        () -> {
          attributor.accept(open -> open.compute(documents, batch, request.cancelled()));
          paddedTokens.add(documents.paddedTokens(batch));
        });
  }
}
