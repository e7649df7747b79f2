package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.torch.TokenizedText;

/**
 * The documents of one request: their tokens, and the result of each. Different threads may work on
 * different documents at a time; who reads what others wrote synchronizes with them.
 */
final class DocumentTexts {
  private final List<Sample> samples;
  private final TokenizedText[] texts;
  private final GradientResult[] results;

  DocumentTexts(List<Sample> samples) {
    this.samples = List.copyOf(samples);
    this.texts = new TokenizedText[samples.size()];
    this.results = new GradientResult[samples.size()];
  }

  int count() {
    return texts.length;
  }

  /**
   * Tokenizes documents {@code from} to {@code to}; one that cannot be tokenized has failed.
   *
   * @param cancelled asked before each of them
   * @throws CancellationException if it was cancelled
   */
  void tokenize(ModelInstance model, int maxTokens, int from, int to, BooleanSupplier cancelled) {
    for (int i = from; i < to; i++) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("the gradients were cancelled");
      }
      try {
        texts[i] = model.encode(samples.get(i), maxTokens, cancelled);
      } catch (IllegalArgumentException e) {
        fail(i, e.getMessage());
      }
    }
  }

  /** Groups the tokenized documents. */
  List<List<Integer>> batches(SampleBatches grouping) {
    int[] lengths = new int[texts.length];
    List<Integer> usable = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      if (texts[i] != null) {
        lengths[i] = texts[i].ids().length;
        usable.add(i);
      }
    }
    return grouping.of(usable, lengths);
  }

  /** Tokens that a pass over a batch computes: its documents times the longest of them. */
  long paddedTokens(List<Integer> batch) {
    int longest = 0;
    for (int index : batch) {
      longest = Math.max(longest, texts[index].ids().length);
    }
    return (long) batch.size() * longest;
  }

  TokenizedText text(int index) {
    return texts[index];
  }

  void finish(int index, GradientResult result) {
    results[index] = result;
  }

  void fail(int index, String reason) {
    results[index] = new GradientResult.Failure(reason);
  }

  /** Why the first document that has failed did; empty if none has. */
  Optional<String> firstFailure() {
    return Arrays.stream(results)
        .filter(GradientResult.Failure.class::isInstance)
        .map(result -> ((GradientResult.Failure) result).reason())
        .findFirst();
  }

  /** One per document, in order, when all are finished. */
  List<GradientResult> results() {
    return List.of(results);
  }
}
