package org.rapidin.attribution.service;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.compressor.FactorSums;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.service.ModelInstance.WeightedComputer;

/**
 * Adds up the covariances of the factors of documents' gradients, over all checkpoints, which count
 * by their weights. Safe for several threads, as the model is, each with other sums.
 */
final class DocumentFactors {
  private final ModelInstance model;
  private final FactorCovariances sums;
  private final PassBudget passes;

  DocumentFactors(ModelInstance model, FactorCovariances sums) {
    this.model = model;
    this.sums = sums;
    this.passes = model.passes(FactorSums.passBytes(model.layout()));
  }

  /**
   * Adds documents.
   *
   * @param texts tokenized
   * @param cancelled asked while passes run
   * @return how many were added; the others have failed
   * @throws IllegalArgumentException if a factor is not finite; the sums cannot be used afterwards
   */
  int add(DocumentTexts texts, BooleanSupplier cancelled) {
    int added = 0;
    for (List<Integer> batch : texts.batches(passes.batches())) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("the gradients were cancelled");
      }
      added += add(texts, batch, cancelled);
    }
    return added;
  }

  private int add(DocumentTexts texts, List<Integer> batch, BooleanSupplier cancelled) {
    List<WeightedSequence> sequences =
        batch.stream().map(index -> SelectedTokens.meanLoss(texts.text(index))).toList();
    Optional<PassBudget.Pass> reserved = reserve(texts, batch, sequences, cancelled);
    if (reserved.isEmpty()) {
      return batch.size() == 1
          ? 0
          : batch.stream().mapToInt(index -> add(texts, List.of(index), cancelled)).sum();
    }
    try (PassBudget.Pass pass = reserved.get()) {
      for (WeightedComputer checkpoint : model.checkpoints()) {
        FactorSums sink = new FactorSums(sums, checkpoint.weight());
        checkpoint.computer().compute(sequences, sink, cancelled, pass.keptBytes());
      }
    }
    return batch.size();
  }

  /** Empty if the batch can never fit; a single document has failed then. */
  private Optional<PassBudget.Pass> reserve(
      DocumentTexts texts,
      List<Integer> batch,
      List<WeightedSequence> sequences,
      BooleanSupplier cancelled) {
    try {
      return Optional.of(passes.reserve(sequences, cancelled));
    } catch (IllegalArgumentException e) {
      if (batch.size() == 1) {
        texts.fail(batch.getFirst(), e.getMessage());
      }
      return Optional.empty();
    }
  }
}
