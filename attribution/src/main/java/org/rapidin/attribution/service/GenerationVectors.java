package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/** Vectors of generations and of their tokens. Safe for several threads, as the model is. */
final class GenerationVectors {
  private final String fingerprint;
  private final ModelInstance model;
  private final TextPasses passes;
  private final int maxTokens;
  private final boolean unitNorm;
  private final List<ModulePart> parts;
  private final InfluenceError error;

  GenerationVectors(
      AttributorSpec spec, String fingerprint, ModelInstance model, Compressor compressor) {
    this.fingerprint = fingerprint;
    this.model = model;
    this.passes =
        new TextPasses(
            model, compressor, TensorScale.of(spec.normalization(), model.checkpoints()));
    this.maxTokens = spec.maxTokens();
    this.unitNorm = spec.unitGenerations();
    this.parts = spec.compression().parts(model.layout());
    this.error = spec.error(model.layout());
  }

  /** See {@link Attributor#query}. */
  QueryGradient compute(
      Sample generation, TokenSelection selection, boolean perToken, BooleanSupplier cancelled) {
    TokenizedText text = model.encode(generation, maxTokens, cancelled);
    requireWhole(text);
    SelectedTokens tokens = SelectedTokens.of(generation, text, selection);
    WeightedSequence sequence = tokens.meanLoss();
    TextPasses.Whole whole = passes.whole("the query", sequence, cancelled);
    float[] vector = whole.vector();
    float[][] tokenVectors =
        perToken
            ? passes.tokens(sequence, tokens.positions(), whole.scales(), cancelled)
            : new float[0][];
    if (unitNorm) {
      GradientVector undivided = new GradientVector(vector);
      vector = undivided.toUnitNorm().values();
      divide(tokenVectors, undivided.norm());
    }
    List<QueryGradient.Token> answer = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < tokens.tokens().length; i++) {
      boolean selected = tokens.selected()[i];
      float[] own = selected && perToken ? tokenVectors[next++] : null;
      answer.add(new QueryGradient.Token(tokens.characters(generation, i), selected, own));
    }
    return new QueryGradient(vector, fingerprint, answer, tokens.words(generation), parts, error);
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
}
