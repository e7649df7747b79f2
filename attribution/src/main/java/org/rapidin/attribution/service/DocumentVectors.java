package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.RowVectors;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/** Vectors of documents, one batch at a time. Safe for several threads, as the model is. */
final class DocumentVectors {
  private final ModelInstance model;
  private final Compressor compressor;
  private final TensorScale scale;
  private final boolean unitNorm;

  DocumentVectors(AttributorSpec spec, ModelInstance model, Compressor compressor) {
    this.model = model;
    this.compressor = compressor;
    this.scale = TensorScale.of(spec.normalization(), model.checkpoints());
    this.unitNorm = spec.unitDocuments();
  }

  /**
   * Computes one batch.
   *
   * @param cancelled asked while the pass runs
   */
  void compute(DocumentTexts texts, List<Integer> batch, BooleanSupplier cancelled) {
    try {
      List<GradientResult> results =
          compressor.compute(batch.size(), vectors -> results(vectors, texts, batch, cancelled));
      for (int row = 0; row < batch.size(); row++) {
        texts.finish(batch.get(row), results.get(row));
      }
    } catch (IllegalArgumentException e) { // too long for the model, or for the memory
      if (batch.size() > 1) {
        batch.forEach(index -> compute(texts, List.of(index), cancelled));
      } else {
        texts.fail(batch.getFirst(), e.getMessage());
      }
    }
  }

  private List<GradientResult> results(
      RowVectors vectors, DocumentTexts texts, List<Integer> batch, BooleanSupplier cancelled) {
    List<WeightedSequence> sequences =
        batch.stream().map(index -> SelectedTokens.meanLoss(texts.text(index))).toList();
    CheckedRows rows = new CheckedRows(vectors, model.parameters(), scale, batch.size());
    try (PassBudget.Pass pass = model.passes().reserve(sequences, cancelled)) {
      for (int c = 0; c < model.checkpoints().size(); c++) {
        GradientComputer computer = model.checkpoints().get(c).computer();
        computer.compute(sequences, rows.checkpoint(c), cancelled, pass.keptBytes());
      }
    }
    List<GradientResult> results = new ArrayList<>();
    for (int row = 0; row < batch.size(); row++) {
      results.add(result(rows, row, texts.text(batch.get(row))));
    }
    return results;
  }

  private GradientResult result(CheckedRows rows, int row, TokenizedText text) {
    if (rows.fault(row).isPresent()) {
      return new GradientResult.Failure(rows.fault(row).get());
    }
    GradientVector vector = new GradientVector(rows.finish(row));
    return new GradientResult.Vector(
        unitNorm ? vector.toUnitNorm() : vector, text.ids().length, text.truncated());
  }
}
