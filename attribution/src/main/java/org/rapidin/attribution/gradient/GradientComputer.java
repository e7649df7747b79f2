package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.model.decoder.DecoderModule;
import org.rapidin.attribution.model.decoder.EmbeddingModule;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LlamaDecoder;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * Gradients of a decoder's loss per sample, a whole batch in one forward and one backward pass, or
 * per token, one forward and one backward per token.
 *
 * <p>Borrows the decoder and the manager. Safe for several threads; each call keeps to its thread
 * and frees what it made before it returns.
 */
public final class GradientComputer {
  private final NDManager manager;
  private final LlamaDecoder decoder;
  private final ParameterSelection selection;
  private final DecoderModule embedding;
  private final DecoderModule head;
  private final String headParameter;
  private final Set<String> modules = new HashSet<>();

  /**
   * @param manager sub-managers of it own the batches' arrays
   * @param parameters {@code adapter}, {@code linear} (all linear weights but the head), or names
   *     in which {@code *} stands for any text
   * @throws IllegalArgumentException if one of them fits no parameter of the decoder; names it
   */
  public GradientComputer(NDManager manager, LlamaDecoder decoder, List<String> parameters) {
    this.manager = manager;
    this.decoder = decoder;
    this.selection = new ParameterSelection(decoder, parameters);
    List<DecoderModule> all = decoder.modules();
    this.embedding = all.getFirst();
    this.head = all.getLast();
    this.headParameter = (decoder.config().tiedHead() ? embedding : head).name() + ".weight";
    all.stream().filter(this::isWanted).map(DecoderModule::name).forEach(modules::add);
  }

  private boolean isWanted(DecoderModule module) {
    String name = module.name();
    return selection.contains(name + ".weight")
        || selection.contains(name + ".bias")
        || selection.contains(LoraWeights.nameOfA(name))
        || selection.contains(LoraWeights.nameOfB(name))
        || module == head && selection.contains(headParameter);
  }

  /** The tensors whose gradients are computed; a sink's parameter is an index into this list. */
  public List<Parameter> parameters() {
    return selection.parameters();
  }

  /**
   * Computes the gradient of Σ lossWeights[t] · -ln p(ids[t] | ids before t) for each sample.
   *
   * @param batch at least one sample; memory grows with its number times the longest
   * @param sink is given every parameter of every row once, in no particular order
   * @return the samples' losses, in nats
   * @throws IllegalArgumentException if a sample carries no loss, is longer than the model's
   *     context, or has a token outside its vocabulary
   */
  public double[] compute(List<WeightedSequence> batch, GradientSink sink) {
    LossPositions positions = LossPositions.of(batch);
    List<long[]> sequences = batch.stream().map(WeightedSequence::ids).toList();
    try (LossPass pass = forward(sequences, positions)) {
      pass.backward(positions.weights(), true);
      int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
      emit(pass, sequences, new PassRows(0, longest, positions.starts()), sink);
      return sums(pass.losses(), positions);
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
   * Computes the gradient of -ln p(ids[t] | ids before t) for each of several positions t of one
   * sample; the sample's loss weights play no part.
   *
   * @param positions each from 1 to the sample's length - 1
   * @param sink is given every parameter of every row once; rows are indices into the positions
   * @return the losses at the positions, in nats
   * @throws IllegalArgumentException as for {@link #compute}, or if a position is out of range
   */
  public double[] computeTokens(WeightedSequence sample, int[] positions, GradientSink sink) {
    LossPositions all = LossPositions.of(sample, positions);
    if (positions.length == 0) {
      return new double[0];
    }
    List<long[]> sequences = List.of(sample.ids());
    try (LossPass pass = forward(sequences, all)) {
      for (int n = 0; n < positions.length; n++) {
        float[] seed = new float[positions.length];
        seed[n] = 1;
        pass.backward(seed, n == positions.length - 1);
        // Later positions cannot have had a part in this prediction.
        PassRows row = new PassRows(n, positions[n], new int[] {n, n + 1});
        emit(pass, sequences, row, sink);
        pass.recorder().zeroGradients();
      }
      return sums(pass.losses(), oneRowEach(all));
    }
  }

  private static LossPositions oneRowEach(LossPositions all) {
    int[] starts = new int[all.count() + 1];
    Arrays.setAll(starts, n -> n);
    return new LossPositions(all.flat(), all.targets(), all.weights(), starts);
  }

  LossPass forward(List<long[]> sequences, LossPositions positions) {
    return new LossPass(manager, decoder, sequences, positions, modules);
  }

  void emit(LossPass pass, List<long[]> sequences, PassRows rows, GradientSink sink) {
    Map<String, TapRecorder.Tap> taps = pass.recorder().taps();
    GradientEmitter emitter = new GradientEmitter(sink, rows);
    ModuleGradients gradients = new ModuleGradients(selection);
    for (TapRecorder.Tap tap : taps.values()) {
      switch (tap.module()) {
        case LinearModule linear when linear != head ->
            gradients.emit(linear, tap.input(), tap.delta(), emitter);
        case NormModule norm -> gradients.emit(norm, tap.input(), tap.delta(), emitter);
        case LinearModule _, EmbeddingModule _ -> {} // tables, below
      }
    }
    emitTables(taps, sequences, rows, sink);
  }

  private void emitTables(
      Map<String, TapRecorder.Tap> taps, List<long[]> sequences, PassRows rows, GradientSink sink) {
    int vocabulary = decoder.config().vocabularySize();
    Shape shape = new Shape(vocabulary, decoder.config().hiddenSize());
    TableGradients tables = new TableGradients(manager, shape, sequences);
    TapRecorder.Tap headTap = taps.get(head.name());
    TapRecorder.Tap embeddingTap = taps.get(embedding.name());
    if (decoder.config().tiedHead()) {
      if (headTap != null) {
        tables.emit(selection.index(headParameter), headTap, embeddingTap, rows, sink);
      }
      return;
    }
    if (headTap != null) {
      tables.emit(selection.index(headParameter), headTap, null, rows, sink);
    }
    if (embeddingTap != null) {
      int parameter = selection.index(embedding.name() + ".weight");
      tables.emit(parameter, null, embeddingTap, rows, sink);
    }
  }
}
