package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.RowVectors;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/** Vectors of generations and of their tokens. Safe for several threads, as the model is. */
final class GenerationVectors {
  private final String fingerprint;
  private final ModelInstance model;
  private final Compressor compressor;
  private final TensorScale scale;
  private final int maxTokens;
  private final boolean unitNorm;

  GenerationVectors(
      AttributorSpec spec, String fingerprint, ModelInstance model, Compressor compressor) {
    this.fingerprint = fingerprint;
    this.model = model;
    this.compressor = compressor;
    this.scale = TensorScale.of(spec.normalization(), model.checkpoints());
    this.maxTokens = spec.maxTokens();
    this.unitNorm = spec.unitGenerations();
  }

  /** See {@link Attributor#query}. */
  QueryGradient compute(
      Sample generation, TokenSelection selection, boolean perToken, BooleanSupplier cancelled) {
    TokenizedText text = model.encode(generation, maxTokens);
    requireWhole(text);
    SelectedTokens tokens = SelectedTokens.of(generation, text, selection);
    double[][] scales = new double[model.checkpoints().size()][model.parameters().size()];
    float[] vector =
        compressor.compute(
            1, vectors -> wholeVector(vectors, tokens.meanLoss(), scales, cancelled));
    float[][] tokenVectors =
        perToken
            ? compressor.compute(
                tokens.positions().length,
                vectors -> tokenVectors(vectors, tokens, scales, cancelled))
            : new float[0][];
    if (unitNorm) {
      GradientVector whole = new GradientVector(vector);
      vector = whole.toUnitNorm().values();
      divide(tokenVectors, whole.norm());
    }
    List<QueryGradient.Token> answer = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < tokens.tokens().length; i++) {
      boolean selected = tokens.selected()[i];
      float[] own = selected && perToken ? tokenVectors[next++] : null;
      answer.add(new QueryGradient.Token(tokens.characters(generation, i), selected, own));
    }
    return new QueryGradient(vector, fingerprint, answer);
  }

  /** The norm is that of the whole, so that the mean of the tokens stays the whole. */
  private static void divide(float[][] tokenVectors, double norm) {
    for (float[] token : tokenVectors) {
      for (int i = 0; i < token.length; i++) {
        token[i] = (float) (token[i] / norm);
      }
    }
  }

  /** A document may lose its end and count; a question about a text must be about all of it. */
  private static void requireWhole(TokenizedText text) {
    if (text.truncated()) {
      throw new IllegalArgumentException(
          "the completion has at least %s tokens beyond the limit of %s: shorten it or the prompt, or use an attributor with more max_tokens if the model takes them"
              .formatted(text.cutTokens(), text.ids().length));
    }
  }

  /** The vector of the selected tokens' mean loss; keeps how its tensors were scaled. */
  private float[] wholeVector(
      RowVectors vectors, WeightedSequence sequence, double[][] scales, BooleanSupplier cancelled) {
    TensorScale recording = TensorScale.recording(scale, scales);
    CheckedRows rows = new CheckedRows(vectors, model.parameters(), recording, 1);
    try (PassBudget.Pass pass = model.passes().reserve(List.of(sequence))) {
      for (int c = 0; c < scales.length; c++) {
        GradientComputer computer = model.checkpoints().get(c).computer();
        computer.compute(List.of(sequence), rows.checkpoint(c), cancelled, pass.keptBytes());
      }
    }
    requireNoFault(rows, 0);
    return rows.finish(0);
  }

  /** The selected tokens' own vectors, their tensors scaled as those of the whole. */
  private float[][] tokenVectors(
      RowVectors vectors, SelectedTokens tokens, double[][] scales, BooleanSupplier cancelled) {
    int[] positions = tokens.positions();
    TensorScale repeating = TensorScale.repeating(scales);
    CheckedRows rows = new CheckedRows(vectors, model.parameters(), repeating, positions.length);
    WeightedSequence sequence = tokens.meanLoss();
    int length = sequence.ids().length;
    try (PassBudget.Pass _ = model.passes().reserveTokens(length, positions.length)) {
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

  private static void requireNoFault(CheckedRows rows, int row) {
    rows.fault(row)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException("the query has no vector: %s".formatted(fault));
            });
  }
}
