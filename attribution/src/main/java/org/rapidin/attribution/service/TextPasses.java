package org.rapidin.attribution.service;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.RowVectors;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;

/**
 * Passes over one text: the vector of its loss, and those of single tokens, whose tensors are
 * scaled as those of the whole. Safe for several threads, as the model is.
 */
final class TextPasses {
  private final ModelInstance model;
  private final Compressor compressor;
  private final TensorScale scale;

  TextPasses(ModelInstance model, Compressor compressor, TensorScale scale) {
    this.model = model;
    this.compressor = compressor;
    this.scale = scale;
  }

  /**
   * The vector of a text.
   *
   * @param vector float32, length K
   * @param scales what the gradient of each tensor was multiplied with, by checkpoint and tensor
   */
  record Whole(float[] vector, double[][] scales) {}

  /**
   * Computes the vector of a text's weighted loss.
   *
   * @param name of the text, for the message
   * @throws IllegalArgumentException if the gradient is zero or not finite
   */
  Whole whole(String name, WeightedSequence sequence, BooleanSupplier cancelled) {
    double[][] scales = new double[model.checkpoints().size()][model.parameters().size()];
    float[] vector =
        compressor.compute(1, vectors -> whole(name, vectors, sequence, scales, cancelled));
    return new Whole(vector, scales);
  }

  private float[] whole(
      String name,
      RowVectors vectors,
      WeightedSequence sequence,
      double[][] scales,
      BooleanSupplier cancelled) {
    TensorScale recording = TensorScale.recording(scale, scales);
    CheckedRows rows = new CheckedRows(vectors, model.parameters(), recording, 1);
    try (PassBudget.Pass pass = model.passes().reserve(List.of(sequence), cancelled)) {
      for (int c = 0; c < scales.length; c++) {
        GradientComputer computer = model.checkpoints().get(c).computer();
        computer.compute(List.of(sequence), rows.checkpoint(c), cancelled, pass.keptBytes());
      }
    }
    rows.fault(0)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException("%s has no vector: %s".formatted(name, fault));
            });
    return rows.finish(0);
  }

  /**
   * Computes the vectors of single tokens' losses.
   *
   * @param positions indices of the tokens in the text, at least one
   * @param scales of the whole
   * @return one vector per position
   */
  float[][] tokens(
      WeightedSequence sequence, int[] positions, double[][] scales, BooleanSupplier cancelled) {
    return compressor.compute(
        positions.length, vectors -> tokens(vectors, sequence, positions, scales, cancelled));
  }

  private float[][] tokens(
      RowVectors vectors,
      WeightedSequence sequence,
      int[] positions,
      double[][] scales,
      BooleanSupplier cancelled) {
    TensorScale repeating = TensorScale.repeating(scales);
    CheckedRows rows = new CheckedRows(vectors, model.parameters(), repeating, positions.length);
    int length = sequence.ids().length;
    try (PassBudget.Pass _ = model.passes().reserveTokens(length, positions.length, cancelled)) {
      for (int c = 0; c < scales.length; c++) {
        GradientComputer computer = model.checkpoints().get(c).computer();
        computer.computeTokens(sequence, positions, rows.checkpoint(c), cancelled);
      }
    }
    float[][] finished = new float[positions.length][];
    for (int row = 0; row < finished.length; row++) {
      finished[row] = rows.finish(row);
    }
    return finished;
  }
}
