package org.rapidin.attribution.service;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.model.weights.WeightCache;

/**
 * This process's models behind a bounded queue with its own threads.
 *
 * <p>No method blocks its caller. Answers complete on a gradient thread, so what follows should
 * move to another one. Cancelling an answer ends its computation: at once where it waits, else
 * before the next layer of its pass. Answers fail with {@link RejectedExecutionException} when the
 * queue is full or the service closed, {@link org.rapidin.attribution.ModelUnavailableException}
 * when there is no such model here, its files have changed or natives are missing, and {@link
 * IllegalArgumentException} when a query's selection is not in its completion.
 */
public final class GradientService implements AutoCloseable {
  private static final Place NO_VECTORS = new Place(Lane.QUERY, 0);

  private final GradientLimits limits;
  private final GradientQueue queue;
  private final LoadedAttributors attributors;
  private final WeightCache weights;
  private final FileDigests digests;
  private final LongAdder documents = new LongAdder();
  private final LongAdder queries = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private final LongAdder paddedTokens = new LongAdder();
  private final LongAdder truncations = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /**
   * A service without threads or models; both come with the first request.
   *
   * @param modelsRoot holds one directory per model
   * @param digests of the models' files
   * @param runtime starts libtorch, on a gradient thread; may throw {@link
   *     org.rapidin.attribution.ModelUnavailableException}
   * @param node what gradients are compressed with
   */
  public GradientService(
      Path modelsRoot,
      FileDigests digests,
      Supplier<TorchRuntime> runtime,
      GradientLimits limits,
      NativeLimits memory,
      NodeParts node) {
    this.limits = limits;
    this.digests = digests;
    this.queue = new GradientQueue(limits);
    this.weights = new WeightCache(memory.bytes(), memory.weightBytes());
    this.attributors =
        new LoadedAttributors(modelsRoot, digests, runtime, weights, node, memory.idleTimeout());
  }

  /**
   * Vectors of documents.
   *
   * @param fingerprint what the attributor had when it was put; the files must still give it
   * @return one result per sample, in order
   */
  public CompletableFuture<List<GradientResult>> documents(
      AttributorSpec spec, String fingerprint, List<Sample> samples) {
    TextLimit limit = new TextLimit(spec.maxTokens());
    List<Sample> copy = samples.stream().map(limit::clip).toList();
    long bytes = (long) copy.size() * spec.dimension() * Float.BYTES;
    for (Sample sample : copy) {
      bytes += bytes(sample);
    }
    DocumentTexts texts = new DocumentTexts(copy);
    return open(
        new Place(Lane.INGEST, bytes),
        request -> {
          DocumentJobs jobs =
              new DocumentJobs(
                  request, texts, paddedTokens, work -> use(spec, fingerprint, done(work)));
          return request.start(jobs::split, () -> counted(texts.results()));
        });
  }

  private static Function<Attributor, Void> done(Consumer<Attributor> work) {
    return attributor -> {
      work.accept(attributor);
      return null;
    };
  }

  /**
   * Adds the factors of documents' gradients up; see {@link Attributor#addFactors}. One job, which
   * takes a thread until all documents are added.
   *
   * @param fingerprint as for {@link #documents}
   * @param sums not to be used until the answer is there
   */
  public CompletableFuture<AddedDocuments> addFactors(
      AttributorSpec spec, String fingerprint, List<Sample> samples, FactorCovariances sums) {
    TextLimit limit = new TextLimit(spec.maxTokens());
    List<Sample> copy = samples.stream().map(limit::clip).toList();
    long bytes = copy.stream().mapToLong(GradientService::bytes).sum();
    return submit(
        new Place(Lane.INGEST, bytes),
        cancelled -> use(spec, fingerprint, to -> to.addFactors(copy, sums, cancelled)));
  }

  /**
   * The vector of a generation; see {@link Attributor#query}.
   *
   * @param fingerprint as for {@link #documents}
   * @param user who asks, and may have half of the queue; empty where that is not known
   */
  public CompletableFuture<QueryGradient> query(
      AttributorSpec spec,
      String fingerprint,
      Sample generation,
      TokenSelection selection,
      boolean perToken,
      Optional<String> user) {
    try {
      new TextLimit(spec.maxTokens()).requireWhole(generation);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
    long vectors =
        perToken ? 1L + SelectedTokens.atMost(spec.maxTokens(), generation, selection) : 1;
    long bytes = vectors * spec.dimension() * Float.BYTES;
    if (bytes > limits.bytes()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(
              "vectors of %s tokens may take %s bytes, this node has %s for gradients: ask about fewer tokens, or not for each"
                  .formatted(vectors - 1, bytes, limits.bytes())));
    }
    return submit(
        new Place(Lane.QUERY, bytes(generation) + bytes, user),
        cancelled -> {
          QueryGradient gradient =
              use(spec, fingerprint, to -> to.query(generation, selection, perToken, cancelled));
          queries.increment();
          return gradient;
        });
  }

  /**
   * The parts that a document's tokens have in its inner products with some vectors; see {@link
   * Attributor#trainingTokens(Sample, List)}.
   *
   * @param fingerprint as for {@link #documents}
   * @param vectors at least one, float32, length K; not to be changed
   * @param user as for {@link #query}
   */
  public CompletableFuture<TrainingTokens> trainingTokens(
      AttributorSpec spec,
      String fingerprint,
      Sample document,
      List<float[]> vectors,
      Optional<String> user) {
    Sample text = new TextLimit(spec.maxTokens()).clip(document);
    long rows = (long) vectors.size() + DocumentTokens.atOnce(spec.dimension());
    long bytes = rows * spec.dimension() * Float.BYTES;
    if (bytes > limits.bytes()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(
              "training tokens by %s vectors take %s bytes, this node has %s for gradients: leave out \"tokens\", or ask about fewer of them"
                  .formatted(vectors.size(), bytes, limits.bytes())));
    }
    return submit(
        new Place(Lane.QUERY, bytes(text) + bytes, user),
        cancelled -> use(spec, fingerprint, to -> to.trainingTokens(text, vectors, cancelled)));
  }

  /** Checks an attributor, which is loaded if it is not; see {@link Attributor#check}. */
  public CompletableFuture<CheckReport> check(AttributorSpec spec, String fingerprint) {
    return submit(
        NO_VECTORS, cancelled -> use(spec, fingerprint, loaded -> loaded.check(cancelled)));
  }

  /** Opens an attributor ahead of its first use; completes with the bytes its weights take. */
  public CompletableFuture<Long> load(AttributorSpec spec, String fingerprint) {
    return submit(NO_VECTORS, cancelled -> use(spec, fingerprint, Attributor::bytes));
  }

  /** Closes a model's attributors once they are unused; completes with how many were open. */
  public CompletableFuture<Integer> unload(String model) {
    return submit(NO_VECTORS, cancelled -> attributors.unload(model));
  }

  /** Requests that wait or run now. */
  public int waiting() {
    return queue.waiting();
  }

  /** Counts since the service was made, and what is loaded. */
  public GradientStats stats() {
    return new GradientStats(
        documents.sum(),
        queries.sum(),
        tokens.sum(),
        paddedTokens.sum(),
        truncations.sum(),
        failures.sum(),
        queue.rejected(),
        queue.waiting(),
        queue.busyNanos(),
        attributors.list());
  }

  /** Where the gradients of loaded models are compressed: names of devices, or main memory. */
  public SortedSet<String> compressionPlaces() {
    return attributors.compressionPlaces();
  }

  /** Native memory in use. */
  public NativeStats nativeStats() {
    return new NativeStats(
        weights.budget().usage(),
        weights.residentLimitBytes(),
        weights.evictions(),
        weights.models(),
        digests.progress());
  }

  private static long bytes(Sample sample) {
    return Character.BYTES * sample.characters();
  }

  private List<GradientResult> counted(List<GradientResult> results) {
    for (GradientResult result : results) {
      switch (result) {
        case GradientResult.Vector vector -> {
          documents.increment();
          tokens.add(vector.tokens());
          truncations.add(vector.truncated() ? 1 : 0);
        }
        case GradientResult.Failure _ -> failures.increment();
      }
    }
    return results;
  }

  private <T> T use(AttributorSpec spec, String fingerprint, Function<Attributor, T> work) {
    try {
      return attributors.use(spec, fingerprint, work);
    } catch (RuntimeException | Error e) {
      failures.increment();
      throw e;
    }
  }

  /** A request of one job. */
  private <T> CompletableFuture<T> submit(Place place, Function<BooleanSupplier, T> work) {
    AtomicReference<T> value = new AtomicReference<>();
    return this.<T>open(
        place,
        request -> request.start(() -> value.set(work.apply(request.cancelled())), value::get));
  }

  private <T> CompletableFuture<T> open(
      Place place, Function<GradientRequest<T>, CompletableFuture<T>> start) {
    GradientRequest<T> request;
    try {
      request = queue.open(place);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
    return start.apply(request);
  }

  /**
   * Fails all requests, waits for running passes, and frees the models. A second call does nothing.
   */
  @Override
  public void close() {
    if (queue.close()) { // otherwise a pass still uses its model
      attributors.close();
    }
  }
}
