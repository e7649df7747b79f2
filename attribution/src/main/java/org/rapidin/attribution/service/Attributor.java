package org.rapidin.attribution.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.gradient.TokenizedSample;
import org.rapidin.attribution.model.ModelDirectory;
import org.rapidin.attribution.model.TokenizedText;
import org.rapidin.attribution.model.TorchRuntime;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;

/**
 * One model that turns texts into vectors: tokens, gradients, layer normalisation, sketch.
 *
 * <p>The gradients of all checkpoints, scaled by √weight, are sketched as one long vector, so an
 * inner product of two vectors estimates Σ weight · inner product at the checkpoint. Safe for
 * several threads until {@link #close}; each call computes in the calling thread.
 */
public final class Attributor implements AutoCloseable {
  private final AttributorSpec spec;
  private final String fingerprint;
  private final ModelInstance model;
  private final GradientSketch sketch;
  private final TensorScale scale;

  Attributor(AttributorSpec spec, String fingerprint, ModelInstance model, GradientSketch sketch) {
    this.spec = spec;
    this.fingerprint = fingerprint;
    this.model = model;
    this.sketch = sketch;
    this.scale = TensorScale.of(spec.normalization(), model.checkpoints());
  }

  /**
   * Loads the model; the caller closes the attributor.
   *
   * @param fingerprint that goes with the query gradients
   * @throws IllegalArgumentException if a file of the model is missing, malformed or not supported,
   *     or a selected parameter is not there; names it
   */
  public static Attributor open(
      AttributorSpec spec, String fingerprint, ModelDirectory directory, TorchRuntime runtime)
      throws IOException {
    return new Attributor(
        spec,
        fingerprint,
        ModelInstance.open(spec, directory, runtime),
        new StreamingSketch(spec.dimension(), spec.seed()));
  }

  /** Parameter tensors per checkpoint, of which {@link AttributorSpec#derivedScale} is made. */
  public int tensors() {
    return model.parameters().size();
  }

  /** Native memory that the weights take. */
  public long bytes() {
    return model.bytes();
  }

  /** Vectors of documents; as {@link #documents(List, BooleanSupplier)}, never cancelled. */
  public List<GradientResult> documents(List<Sample> samples) {
    return documents(samples, () -> false);
  }

  /**
   * Vectors of documents. A sample that cannot be tokenised or whose gradient is zero or not finite
   * fails alone.
   *
   * @param cancelled asked before each batch
   * @return one result per sample, in order
   * @throws CancellationException if it was cancelled
   */
  public List<GradientResult> documents(List<Sample> samples, BooleanSupplier cancelled) {
    TokenizedText[] texts = new TokenizedText[samples.size()];
    int[] lengths = new int[samples.size()];
    GradientResult[] results = new GradientResult[samples.size()];
    List<Integer> usable = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      try {
        texts[i] = encode(samples.get(i));
        lengths[i] = texts[i].ids().length;
        usable.add(i);
      } catch (IllegalArgumentException e) {
        results[i] = new GradientResult.Failure(e.getMessage());
      }
    }
    for (List<Integer> batch : SampleBatches.DEFAULT.of(usable, lengths)) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("nobody waits for these gradients any more");
      }
      compute(batch, texts, results);
    }
    return List.of(results);
  }

  private TokenizedText encode(Sample sample) {
    int limit = Math.min(spec.maxTokens(), model.maxPositions());
    return model.tokenizer().encode(sample.prompt(), sample.completion(), limit);
  }

  private void compute(List<Integer> batch, TokenizedText[] texts, GradientResult[] results) {
    List<TokenizedSample> sequences =
        batch.stream().map(index -> SelectedTokens.meanLoss(texts[index])).toList();
    RowSketches rows = rows(scale, batch.size());
    try {
      for (int c = 0; c < model.checkpoints().size(); c++) {
        model.checkpoints().get(c).computer().compute(sequences, rows.checkpoint(c));
      }
    } catch (IllegalArgumentException e) { // a sequence that the model does not take
      if (batch.size() > 1) {
        batch.forEach(index -> compute(List.of(index), texts, results));
      } else {
        results[batch.getFirst()] = new GradientResult.Failure(e.getMessage());
      }
      return;
    }
    for (int row = 0; row < batch.size(); row++) {
      results[batch.get(row)] = result(rows, row, texts[batch.get(row)]);
    }
  }

  private GradientResult result(RowSketches rows, int row, TokenizedText text) {
    if (rows.fault(row).isPresent()) {
      return new GradientResult.Failure(rows.fault(row).get());
    }
    float[] vector = rows.finish(row);
    if (spec.similarity() == Similarity.COSINE) {
      divideByNorm(vector);
    }
    return new GradientResult.Vector(vector, text.ids().length, text.truncated());
  }

  private static void divideByNorm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
  }

  /**
   * The vector of a generation: the gradient of the selected tokens' mean loss. With cosine
   * similarity it is not divided by its norm; the score does that.
   *
   * @param perToken whether the selected tokens' own vectors are wanted; they are normalised like
   *     the whole, so that their mean is the vector
   * @throws IllegalArgumentException if the completion is empty, the selection is not in it, or the
   *     gradient is zero or not finite
   */
  public QueryGradient query(Sample generation, TokenSelection selection, boolean perToken) {
    SelectedTokens tokens = SelectedTokens.of(generation, encode(generation), selection);
    double[][] scales = new double[model.checkpoints().size()][tensors()];
    RowSketches whole = rows(TensorScale.recording(scale, scales), 1);
    for (int c = 0; c < scales.length; c++) {
      List<TokenizedSample> alone = List.of(tokens.meanLoss());
      model.checkpoints().get(c).computer().compute(alone, whole.checkpoint(c));
    }
    requireNoFault(whole, 0);
    float[][] vectors = perToken ? tokenVectors(tokens, scales) : new float[0][];
    List<QueryGradient.Token> answer = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < tokens.tokens().length; i++) {
      boolean selected = tokens.selected()[i];
      float[] vector = selected && perToken ? vectors[next++] : null;
      answer.add(new QueryGradient.Token(tokens.characters(generation, i), selected, vector));
    }
    return new QueryGradient(whole.finish(0), fingerprint, answer);
  }

  private float[][] tokenVectors(SelectedTokens tokens, double[][] scales) {
    int[] positions = tokens.positions();
    RowSketches each = rows(TensorScale.repeating(scales), positions.length);
    for (int c = 0; c < scales.length; c++) {
      TokenizedSample sequence = tokens.meanLoss();
      model.checkpoints().get(c).computer().computeTokens(sequence, positions, each.checkpoint(c));
    }
    float[][] vectors = new float[positions.length][];
    for (int row = 0; row < vectors.length; row++) {
      vectors[row] = each.finish(row);
    }
    return vectors;
  }

  private static void requireNoFault(RowSketches rows, int row) {
    rows.fault(row)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException("the query has no vector: " + fault);
            });
  }

  private RowSketches rows(TensorScale of, int count) {
    return new RowSketches(sketch, model.parameters(), of, count);
  }

  /** Frees the model; afterwards nothing may be asked. */
  @Override
  public void close() {
    model.close();
  }
}
