package org.rapidin.plugin.artefact;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.search.SearchHit;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.service.AddedDocuments;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.TextSample;

/**
 * Computes the gradients of drawn texts with a model of this node, adds the covariances of their
 * factors up, and takes the eigenvectors. Documents without a text are left out. Blocks; for one
 * thread.
 */
final class PcaFit {
  /** Texts of a job, so that queries wait for no more of them. */
  private static final int JOB = 4;

  /** How long a full queue is left alone. */
  private static final TimeValue PAUSE = TimeValue.timeValueMillis(200);

  private final RegisteredAttributor attributor;
  private final LocalGradients local;
  private final ProgressTask task;
  private final int layers;
  private final FactorCovariances sums;
  private int documents;
  private int read;
  private int added;
  private String failure = "";

  /**
   * Begins without texts; takes {@link #bytes}.
   *
   * @param attributor whose gradients of texts are computed
   * @param layout of the gradients
   * @param local computes them
   * @param task shows progress, and ends the fit when it is cancelled
   */
  PcaFit(
      RegisteredAttributor attributor,
      GradientLayout layout,
      LocalGradients local,
      ProgressTask task) {
    this.attributor = attributor;
    this.local = local;
    this.task = task;
    this.layers = layout.tensors().size();
    this.sums = new FactorCovariances(layout);
  }

  /** Returns the bytes on the heap that a fit takes. */
  static long bytes(GradientLayout layout, int rank) {
    return FactorCovariances.bytes(layout) + FactorCovariances.componentBytes(layout, rank);
  }

  /**
   * Adds the gradients of a sample up.
   *
   * @param sample makes texts of documents
   * @param request says which ones
   * @param asUser sends the searches
   * @return how many documents were added
   * @throws IllegalArgumentException if there are none
   */
  int add(TextSample sample, FitArtefactAction.Request request, Client asUser) {
    reached(0);
    sample.read(
        asUser,
        request.spec().index(),
        request.query(),
        (hits, all) -> {
          documents = all;
          for (int from = 0; from < hits.length; from += JOB) {
            add(sample, hits, from, Math.min(hits.length, from + JOB));
          }
        });
    if (added == 0) {
      throw new IllegalArgumentException(
          "no document of the sample has a text by the template of attributor [%s]: %s"
              .formatted(attributor.id(), failure));
    }
    return added;
  }

  private void add(TextSample sample, SearchHit[] hits, int from, int to) {
    List<Sample> texts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      try {
        texts.add(sample.text(hits[i]));
      } catch (IllegalArgumentException e) {
        failed(e.getMessage());
      }
    }
    if (!texts.isEmpty()) {
      AddedDocuments result = addFactors(texts);
      added += result.count();
      result.failure().ifPresent(this::failed);
    }
    read += to - from;
    reached(0);
  }

  /**
   * Asks again while bulks fill the queue, because a fit can take hours. A request that the queue
   * refuses has added nothing.
   */
  private AddedDocuments addFactors(List<Sample> texts) {
    while (true) {
      try {
        return await(local.addFactors(attributor.resolved(), texts, sums));
      } catch (OpenSearchRejectedExecutionException full) {
        task.pause(PAUSE);
      }
    }
  }

  private void failed(String reason) {
    failure = failure.isEmpty() ? reason : failure;
  }

  private AddedDocuments await(CompletableFuture<AddedDocuments> work) {
    if (!work.isDone()) {
      task.whenCancelled(() -> work.cancel(true));
    }
    try {
      return work.join();
    } catch (CompletionException | CancellationException e) {
      task.check();
      throw ExceptionsHelper.convertToRuntime(GradientFaults.asException(e));
    }
  }

  /**
   * Computes the components of what was added.
   *
   * @param rank of each side
   */
  PrincipalComponents components(int rank) {
    return sums.components(attributor.fingerprint(), rank, this::reached);
  }

  /** Shows how many of the layers are done, unless the task was cancelled. */
  private void reached(int layer) {
    task.progress(new FitProgress(read, documents, layer, layers));
    task.check();
  }
}
