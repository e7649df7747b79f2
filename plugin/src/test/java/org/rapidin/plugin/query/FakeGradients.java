package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.opensearch.common.unit.TimeValue;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.mapper.TestAttributors;

/**
 * A gradient source without a model: words are tokens, a token's gradient is noise seeded by the
 * text. It keeps the laws that queries rely on: same text, same vector; the mean of the selected
 * tokens is the vector.
 */
public final class FakeGradients implements GradientSource {
  private static final int K = TestAttributors.DIMENSION;

  private final AtomicInteger queries = new AtomicInteger();
  private volatile Throwable fault;
  private volatile TimeValue duration = TimeValue.ZERO;

  /** Lets all queries fail from now on, or none if the fault is null. */
  void fail(Throwable cause) {
    fault = cause;
  }

  /** Lets each query take so long from now on. */
  void take(TimeValue time) {
    duration = time;
  }

  /** Gradients that were computed here. */
  int queries() {
    return queries.get();
  }

  @Override
  public CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples) {
    throw new UnsupportedOperationException("queries ask for no documents");
  }

  @Override
  public CompletableFuture<QueryGradient> query(
      ResolvedAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    queries.incrementAndGet();
    long end = System.nanoTime() + duration.nanos();
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    if (fault != null) {
      return CompletableFuture.failedFuture(fault);
    }
    int dimension = attributor.spec().dimension();
    String[] words = generation.completion().split(" ");
    List<QueryGradient.Token> tokens = new ArrayList<>();
    float[] mean = new float[dimension];
    int selected = 0;
    int start = 0;
    for (int i = 0; i < words.length; i++) {
      boolean counts = counts(selection, i, start, words[i], generation.completion());
      start += words[i].length() + 1;
      float[] vector =
          counts ? gaussian((generation.prompt() + words[i]).hashCode(), dimension) : null;
      tokens.add(new QueryGradient.Token(words[i], counts, perToken ? vector : null));
      selected += counts ? 1 : 0;
      for (int k = 0; counts && k < dimension; k++) {
        mean[k] += vector[k];
      }
    }
    for (int k = 0; k < dimension; k++) {
      mean[k] /= selected;
    }
    String fingerprint = attributor.fingerprint();
    return CompletableFuture.completedFuture(new QueryGradient(mean, fingerprint, tokens));
  }

  private static boolean counts(
      TokenSelection selection, int position, int start, String word, String completion) {
    return switch (selection) {
      case TokenSelection.All all -> true;
      case TokenSelection.Span(String text) -> overlaps(text, start, word, completion);
      case TokenSelection.Spans(List<String> texts) ->
          texts.stream().anyMatch(text -> overlaps(text, start, word, completion));
      case TokenSelection.Positions(List<Integer> positions) -> positions.contains(position);
    };
  }

  private static boolean overlaps(String text, int start, String word, String completion) {
    return start < completion.indexOf(text) + text.length()
        && completion.indexOf(text) < start + word.length();
  }

  /** Noise, length K. */
  public static float[] gaussian(long seed) {
    return gaussian(seed, K);
  }

  /** Noise of any length. */
  public static float[] gaussian(long seed, int dimension) {
    Random random = new Random(seed);
    float[] vector = new float[dimension];
    for (int k = 0; k < dimension; k++) {
      vector[k] = (float) random.nextGaussian();
    }
    return vector;
  }
}
