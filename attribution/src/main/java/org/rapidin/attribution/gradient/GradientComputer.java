package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.memory.ReservedMemory;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.LlamaDecoder;
import org.rapidin.attribution.sketch.VocabularySketch;

/**
 * Gradients of a decoder's loss per sample, a whole batch in one layer-wise pass, or per token, one
 * layer-wise pass with a backward pass per token.
 *
 * <p>Borrows the decoder and the manager. Safe for several threads; each call keeps to its thread
 * and frees what it made before it returns.
 */
public final class GradientComputer {
  /** 128 positions: whole, the logits of 512 would take three or four arrays of 100 MB. */
  private static final int HEAD_CHUNK = 128;

  /** What activations may take where the caller sets no limit: 512 tokens of a 135M model. */
  private static final long KEPT_BYTES = 384L << 20;

  /** Tokens of all seeds that one pass carries: 16,384 of width 2,048 take 134 MB. */
  private static final int SEED_TOKENS = 16_384;

  private final NDManager manager;
  private final Decoder decoder;
  private final ParameterSelection selection;
  private final LayerMethod method;
  private final int headChunk;
  private final int seedTokens;
  private final PassMemory memory;

  /**
   * A computer that differentiates automatically.
   *
   * @param manager sub-managers of it own the batches' arrays
   * @param parameters {@code adapter}, {@code linear} (all linear weights but the head), or names
   *     in which {@code *} matches any text
   * @throws IllegalArgumentException if one of them fits no parameter of the decoder; names it
   */
  public GradientComputer(NDManager manager, Decoder decoder, List<String> parameters) {
    this(manager, decoder, new ParameterSelection(decoder, parameters));
  }

  /**
   * A computer of two products at the head alone, which needs no backward pass through the layers:
   * Σ S·r·hᵀ and Σ (Wᵀ·r)·hᵀ, with r the gradient at the logits, h the head's input and W its
   * weight, tied or not.
   *
   * @param manager as for the other computers
   * @param vocabulary S
   */
  public static GradientComputer ofHead(
      NDManager manager, Decoder decoder, VocabularySketch vocabulary) {
    return new GradientComputer(manager, decoder, new ParameterSelection(decoder, vocabulary));
  }

  private GradientComputer(NDManager manager, Decoder decoder, ParameterSelection selection) {
    this(
        manager,
        decoder,
        selection,
        new LayerMethod.Automatic(decoder.config(), decoder.adapter().isPresent()),
        HEAD_CHUNK,
        SEED_TOKENS);
  }

  GradientComputer(
      NDManager manager,
      Decoder decoder,
      ParameterSelection selection,
      LayerMethod method,
      int headChunk,
      int seedTokens) {
    this.manager = manager;
    this.decoder = decoder;
    this.selection = selection;
    this.method = method;
    this.headChunk = headChunk;
    this.seedTokens = seedTokens;
    boolean onDevice = manager.getDevice().isGpu();
    this.memory = new PassMemory(decoder, selection, method, headChunk, onDevice);
  }

  /**
   * A computer of the same gradients whose layers run backward by hand, for decoders of Llama's
   * shape. {@link #disagreement} tells whether it may be used.
   *
   * @param kernels borrowed
   * @return empty if the decoder has another shape
   */
  public Optional<GradientComputer> byHand(FusedKernels kernels) {
    if (!(decoder instanceof LlamaDecoder llama)) {
      return Optional.empty();
    }
    LayerMethod byHand = new LayerMethod.ByHand(llama, kernels);
    return Optional.of(
        new GradientComputer(manager, decoder, selection, byHand, headChunk, seedTokens));
  }

  /**
   * Compares gradients of two short texts with those of another computer of the same parameters.
   *
   * @param oracle is trusted
   * @param memory reserves what a computer's pass over texts takes with its activations, one pass
   *     at a time
   * @return the tensor that is furthest off, and by how much; empty if the computers agree
   */
  public Optional<String> disagreement(
      GradientComputer oracle,
      BiFunction<GradientComputer, List<WeightedSequence>, ReservedMemory> memory) {
    return MethodProbe.disagreement(this, oracle, decoder.config(), memory);
  }

  /**
   * The tensors whose gradients are computed; a gradient's parameter is an index into this list.
   */
  public List<Parameter> parameters() {
    return selection.parameters();
  }

  /**
   * Native memory that {@link #compute} takes beyond the weights if it keeps no activations.
   *
   * @param rows samples of the batch
   * @param length tokens of the longest
   * @param predictions tokens that carry loss, of all samples together
   */
  public long peakBytes(int rows, int length, int predictions) {
    return memory.bytes(rows, length, predictions, 1);
  }

  /**
   * Native memory that {@link #compute} takes in addition to keep all activations.
   *
   * @param rows samples of the batch
   * @param length tokens of the longest
   */
  public long activationBytes(int rows, int length) {
    return memory.activationBytes(rows, length);
  }

  /**
   * Native memory that {@link #computeTokens} takes beyond the weights.
   *
   * @param length tokens of the sample
   * @param positions how many tokens' gradients
   */
  public long peakBytesOfTokens(int length, int positions) {
    int seeds = Math.min(positions, tokensPerPass(length));
    return memory.bytes(1, length, seeds, seeds);
  }

  private int tokensPerPass(int length) {
    return Math.max(1, seedTokens / Math.max(1, length));
  }

  /** Computes the gradients of a batch; as {@link #compute(List, TensorSink, BooleanSupplier)}. */
  public double[] compute(List<WeightedSequence> batch, TensorSink sink) {
    return compute(batch, sink, () -> false);
  }

  /**
   * Computes the gradient of Σ lossWeights[t] · -ln p(ids[t] | ids before t) for each sample.
   *
   * @param batch at least one sample; memory grows with its number times the longest
   * @param sink is given every parameter of every row once, from the highest layer to the lowest
   * @param cancelled asked between layers
   * @return the samples' losses, in nats
   * @throws IllegalArgumentException if a sample carries no loss, is longer than the model's
   *     context, or has a token outside its vocabulary
   * @throws CancellationException if it was cancelled
   */
  public double[] compute(
      List<WeightedSequence> batch, TensorSink sink, BooleanSupplier cancelled) {
    return compute(batch, sink, cancelled, KEPT_BYTES);
  }

  /**
   * As {@link #compute(List, TensorSink, BooleanSupplier)}, with a limit on memory.
   *
   * @param keptBytes what activations may take between the way up and the way down; 0 computes all
   *     of them again, which takes about a quarter more time. Automatic differentiation always does
   */
  public double[] compute(
      List<WeightedSequence> batch, TensorSink sink, BooleanSupplier cancelled, long keptBytes) {
    LossPositions positions = LossPositions.of(batch);
    List<long[]> sequences = batch.stream().map(WeightedSequence::ids).toList();
    int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    PassRows rows = new PassRows(0, longest, positions.starts());
    return sums(run(sequences, positions, List.of(rows), sink, cancelled, keptBytes), positions);
  }

  private float[] run(
      List<long[]> sequences,
      LossPositions positions,
      List<PassRows> rows,
      TensorSink sink,
      BooleanSupplier cancelled,
      long keptBytes) {
    try (GradientPass pass =
        new GradientPass(
            manager,
            decoder,
            selection,
            sequences,
            positions,
            headChunk,
            work -> method.open(work, keptBytes),
            new Cancellation(cancelled))) {
      return pass.run(rows, sink);
    }
  }

  private static double[] sums(float[] losses, LossPositions positions) {
    double[] sums = new double[positions.starts().length - 1];
    for (int row = 0; row < sums.length; row++) {
      for (int n = positions.starts()[row]; n < positions.starts()[row + 1]; n++) {
        sums[row] += (double) positions.weights()[n] * losses[n];
      }
    }
    return sums;
  }

  /**
   * Gradients of tokens; as {@link #computeTokens(WeightedSequence, int[], TensorSink,
   * BooleanSupplier)}.
   */
  public double[] computeTokens(WeightedSequence sample, int[] positions, TensorSink sink) {
    return computeTokens(sample, positions, sink, () -> false);
  }

  /**
   * Computes the gradient of -ln p(ids[t] | ids before t) for each of several positions t of one
   * sample; the sample's loss weights play no part.
   *
   * @param positions each from 1 to the sample's length - 1
   * @param sink is given every parameter of every row once; rows are indices into the positions
   * @param cancelled asked between layers and tokens
   * @return the losses at the positions, in nats
   * @throws IllegalArgumentException as for {@link #compute}, or if a position is out of range
   * @throws CancellationException if it was cancelled
   */
  public double[] computeTokens(
      WeightedSequence sample, int[] positions, TensorSink sink, BooleanSupplier cancelled) {
    LossPositions.of(sample, positions); // checks all before the first pass
    double[] losses = new double[positions.length];
    int count = tokensPerPass(sample.ids().length);
    for (int from = 0; from < positions.length; from += count) {
      int to = Math.min(positions.length, from + count);
      int[] some = Arrays.copyOfRange(positions, from, to);
      float[] got = tokens(sample, some, from, sink, cancelled);
      for (int n = 0; n < got.length; n++) {
        losses[from + n] = got[n];
      }
    }
    return losses;
  }

  private float[] tokens(
      WeightedSequence sample,
      int[] positions,
      int firstRow,
      TensorSink sink,
      BooleanSupplier cancelled) {
    List<PassRows> rows = new ArrayList<>();
    for (int n = 0; n < positions.length; n++) {
      // Later positions cannot have had a part in this prediction.
      rows.add(new PassRows(firstRow + n, positions[n], new int[] {n, n + 1}));
    }
    LossPositions losses = LossPositions.of(sample, positions);
    return run(List.of(sample.ids()), losses, rows, sink, cancelled, 0);
  }
}
