package org.rapidin.attribution.service;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.TorchRuntime;

/**
 * This process's models behind a bounded queue with threads of its own.
 *
 * <p>No method blocks its caller. Stages complete on a gradient thread, so what follows should move
 * to another one; a stage that is cancelled ({@code toCompletableFuture().cancel(true)}) ends its
 * computation before the next batch. Stages fail with {@link RejectedExecutionException} when the
 * queue is full or the service closed, {@link org.rapidin.attribution.ModelUnavailableException}
 * when there is no such model here, its files have changed or natives are missing, and {@link
 * IllegalArgumentException} when a query's selection is not in its completion.
 */
public final class GradientService implements AutoCloseable {
  /** A batch in native code cannot be interrupted; longer than this it is left to itself. */
  private static final long CLOSE_SECONDS = 60;

  private final GradientLimits limits;
  private final Admission admission;
  private final LoadedAttributors attributors;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger threadNumber = new AtomicInteger();
  private volatile boolean closed;

  private final LongAdder documents = new LongAdder();
  private final LongAdder queries = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private final LongAdder truncations = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder computingNanos = new LongAdder();

  /**
   * A service without threads or models; both come with the first request.
   *
   * @param modelsRoot holds one directory per model
   * @param runtime starts libtorch, on a gradient thread; may throw {@link
   *     org.rapidin.attribution.ModelUnavailableException}
   */
  public GradientService(Path modelsRoot, Supplier<TorchRuntime> runtime, GradientLimits limits) {
    this.limits = limits;
    this.admission = new Admission(limits);
    this.attributors = new LoadedAttributors(modelsRoot, runtime);
    this.threads =
        new ThreadPoolExecutor(
            limits.threads(),
            limits.threads(),
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(), // bounded by the admission
            this::newThread);
    this.threads.allowCoreThreadTimeOut(true);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "rapidin-gradient-" + threadNumber.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Vectors of documents.
   *
   * @param fingerprint what the attributor had when it was put; the files must still give it
   * @return one result per sample, in order
   */
  public CompletionStage<List<GradientResult>> documents(
      AttributorSpec spec, String fingerprint, List<Sample> samples) {
    List<Sample> copy = List.copyOf(samples);
    long bytes = (long) copy.size() * spec.dimension() * Float.BYTES;
    for (Sample sample : copy) {
      bytes += bytes(sample);
    }
    return submit(
        bytes,
        cancelled ->
            attributors.use(
                spec,
                fingerprint,
                attributor -> {
                  List<GradientResult> results = attributor.documents(copy, cancelled);
                  results.forEach(this::count);
                  return results;
                }));
  }

  /**
   * The vector of a generation; see {@link Attributor#query}.
   *
   * @param fingerprint as for {@link #documents}
   */
  public CompletionStage<QueryGradient> query(
      AttributorSpec spec,
      String fingerprint,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    long vectors = perToken ? 1L + tokensAtMost(spec, generation, selection) : 1;
    long bytes = vectors * spec.dimension() * Float.BYTES;
    if (bytes > limits.bytes()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(
              "vectors of "
                  + (vectors - 1)
                  + " tokens may take "
                  + bytes
                  + " bytes, this node has "
                  + limits.bytes()
                  + " for gradients: ask about fewer tokens, or not for each"));
    }
    return submit(
        bytes(generation) + bytes,
        cancelled -> {
          QueryGradient gradient =
              attributors.use(spec, fingerprint, to -> to.query(generation, selection, perToken));
          queries.increment();
          return gradient;
        });
  }

  /** A token has a character at least, as a rule. */
  private static int tokensAtMost(
      AttributorSpec spec, Sample generation, TokenSelection selection) {
    int selected =
        switch (selection) {
          case TokenSelection.All() -> generation.completion().length();
          case TokenSelection.Span(String text) -> text.length();
          case TokenSelection.Positions(List<Integer> positions) -> positions.size();
        };
    return Math.min(spec.maxTokens(), selected);
  }

  /** Opens an attributor ahead of its first use; completes with the bytes its weights take. */
  public CompletionStage<Long> load(AttributorSpec spec, String fingerprint) {
    return submit(0, cancelled -> attributors.use(spec, fingerprint, Attributor::bytes));
  }

  /** Closes a model's attributors once nobody uses them; completes with how many were open. */
  public CompletionStage<Integer> unload(String model) {
    return submit(0, cancelled -> attributors.unload(model));
  }

  /** Counts since the service was made, and what is loaded. */
  public GradientStats stats() {
    return new GradientStats(
        documents.sum(),
        queries.sum(),
        tokens.sum(),
        truncations.sum(),
        failures.sum(),
        admission.rejected(),
        admission.requests(),
        computingNanos.sum(),
        attributors.list());
  }

  private static long bytes(Sample sample) {
    return (long) Character.BYTES * (sample.prompt().length() + sample.completion().length());
  }

  private void count(GradientResult result) {
    switch (result) {
      case GradientResult.Vector vector -> {
        documents.increment();
        tokens.add(vector.tokens());
        truncations.add(vector.truncated() ? 1 : 0);
      }
      case GradientResult.Failure failure -> failures.increment();
    }
  }

  private <T> CompletionStage<T> submit(long bytes, Function<BooleanSupplier, T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      admission.enter(bytes);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
    try {
      threads.execute(new Request<>(bytes, work, answer));
    } catch (RejectedExecutionException e) {
      admission.leave(bytes);
      return CompletableFuture.failedFuture(shutDown());
    }
    return answer;
  }

  private static RejectedExecutionException shutDown() {
    return new RejectedExecutionException("this node is shutting down, it computes no gradients");
  }

  /** One request on its way through the queue. */
  private final class Request<T> implements Runnable {
    private final long bytes;
    private final Function<BooleanSupplier, T> work;
    private final CompletableFuture<T> answer;

    Request(long bytes, Function<BooleanSupplier, T> work, CompletableFuture<T> answer) {
      this.bytes = bytes;
      this.work = work;
      this.answer = answer;
    }

    @Override
    public void run() {
      long start = System.nanoTime();
      try {
        T value = answer.isDone() ? null : work.apply(() -> closed || answer.isDone());
        end(start);
        answer.complete(value);
      } catch (Throwable e) { // an Error too: whoever waits must hear of it
        end(start);
        failures.increment();
        answer.completeExceptionally(closed ? shutDown() : e);
      }
    }

    /** Leaves the queue before the answer is out, so that who hears it finds room. */
    private void end(long start) {
      computingNanos.add(System.nanoTime() - start);
      admission.leave(bytes);
    }

    void reject() {
      admission.leave(bytes);
      answer.completeExceptionally(shutDown());
    }
  }

  /**
   * Fails what waits, lets the running batches end, and frees the models. A second call does
   * nothing.
   */
  @Override
  public void close() {
    closed = true;
    threads.shutdownNow().forEach(waiting -> ((Request<?>) waiting).reject());
    try {
      if (threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        attributors.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // a batch still runs, so its model stays
    }
  }
}
