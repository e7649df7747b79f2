package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.scorer.VectorNorms;

/**
 * The parts of a document's tokens in its inner products. Each token has a backward pass, and its
 * gradient goes through the compression that the document's went through; as that is linear, the
 * parts add up. The scales of tensors, and the norm of a vector that is divided by it, are those of
 * the whole document. Safe for several threads, as the model is.
 */
final class DocumentTokens {
  /** Vectors of tokens that are on the heap at a time. */
  private static final int BYTES_AT_ONCE = 16 << 20;

  private static final int TOKENS_IN_CACHE = 4;

  /** Numbers of one document, which become about 24 bytes each in an answer. */
  static final int MAX_NUMBERS = 1 << 20;

  private final ModelInstance model;
  private final TextPasses passes;
  private final AttributorSpec spec;

  DocumentTokens(AttributorSpec spec, ModelInstance model, Compressor compressor) {
    this.spec = spec;
    this.model = model;
    this.passes =
        new TextPasses(
            model, compressor, TensorScale.of(spec.normalization(), model.checkpoints()));
  }

  /**
   * How many tokens' vectors are on the heap at a time.
   *
   * @param dimension K
   */
  static int atOnce(int dimension) {
    return Math.max(1, BYTES_AT_ONCE / (dimension * Float.BYTES));
  }

  /** See {@link Attributor#trainingTokens}. */
  TrainingTokens compute(Sample document, List<float[]> vectors, BooleanSupplier cancelled) {
    vectors.forEach(this::requireDimension);
    TokenizedText text = model.encode(document, spec.maxTokens(), cancelled);
    SelectedTokens tokens = SelectedTokens.of(document, text, new TokenSelection.All());
    int[] positions = tokens.positions();
    requireFew(positions.length, vectors.size());
    WeightedSequence sequence = tokens.meanLoss();
    TextPasses.Whole whole = passes.whole("the document", sequence, cancelled);
    double divisor = positions.length * norm(whole.vector());
    double[][] influences = new double[positions.length][vectors.size()];
    int count = atOnce(spec.dimension());
    for (int from = 0; from < positions.length; from += count) {
      int[] some = Arrays.copyOfRange(positions, from, Math.min(positions.length, from + count));
      float[][] gradients = passes.tokens(sequence, some, whole.scales(), cancelled);
      multiply(gradients, vectors, divisor, influences, from);
    }
    return new TrainingTokens(
        texts(document, tokens), influences, text.truncated(), tokens.words(document));
  }

  private static void requireFew(int tokens, int vectors) {
    if ((long) tokens * vectors > MAX_NUMBERS) {
      throw new IllegalArgumentException(
          "the influences of %s training tokens by %s vectors are more than %s numbers: ask about fewer generated tokens"
              .formatted(tokens, vectors, MAX_NUMBERS));
    }
  }

  private void requireDimension(float[] vector) {
    if (vector.length != spec.dimension()) {
      throw new IllegalArgumentException(
          "a vector has %s numbers, those of the attributor have %s"
              .formatted(vector.length, spec.dimension()));
    }
  }

  /** What the document's vector is divided by. */
  private double norm(float[] vector) {
    return spec.unitDocuments() ? new GradientVector(vector).norm() : 1;
  }

  /** A few tokens stay in the processor's cache while the vectors pass. */
  private static void multiply(
      float[][] tokens, List<float[]> vectors, double divisor, double[][] influences, int first) {
    for (int from = 0; from < tokens.length; from += TOKENS_IN_CACHE) {
      int to = Math.min(tokens.length, from + TOKENS_IN_CACHE);
      for (int v = 0; v < vectors.size(); v++) {
        for (int t = from; t < to; t++) {
          influences[first + t][v] = VectorNorms.product(tokens[t], vectors.get(v)) / divisor;
        }
      }
    }
  }

  private static List<String> texts(Sample document, SelectedTokens tokens) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < tokens.tokens().length; i++) {
      texts.add(tokens.characters(document, i));
    }
    return texts;
  }
}
