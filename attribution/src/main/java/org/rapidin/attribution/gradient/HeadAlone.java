package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.rapidin.attribution.gradient.TensorGradient.Outer;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.VocabularySketch;

/**
 * What a pass does above the last layer where only the head counts: two products per row, Σ S·r·hᵀ
 * and Σ (Wᵀ·r)·hᵀ over its predictions, with r the gradient at the logits, S the sketch of the
 * vocabulary, h the head's input and W its weight. They are handed on as factors.
 *
 * <p>Logits of one chunk of positions are in memory at a time. Belongs to one thread; arrays live
 * until the pass's manager closes.
 */
final class HeadAlone {
  /** Indices of the parameters. */
  private static final int HEAD = 0;

  private static final int INPUT = 1;

  private final NDManager manager;
  private final Decoder decoder;
  private final VocabularySketch vocabulary;
  private final LossPositions positions;
  private final int chunk;
  private final NDArray buckets;
  private final NDArray inputs;
  private final NDArray back;

  /**
   * Prepares the pass.
   *
   * @param manager owns the arrays
   * @param chunk how many positions' logits are in memory at a time
   */
  HeadAlone(
      NDManager manager,
      Decoder decoder,
      VocabularySketch vocabulary,
      LossPositions positions,
      int chunk) {
    this.manager = manager;
    this.decoder = decoder;
    this.vocabulary = vocabulary;
    this.positions = positions;
    this.chunk = chunk;
    long width = decoder.config().hiddenSize();
    this.buckets = manager.zeros(new Shape(positions.count(), vocabulary.buckets()));
    this.inputs = manager.zeros(new Shape(positions.count(), width));
    this.back = manager.zeros(new Shape(positions.count(), width));
  }

  /** The tensors of which a row has a gradient: the vocabulary's buckets, and the head's input. */
  static List<Parameter> parameters(Decoder decoder, VocabularySketch vocabulary) {
    long width = decoder.config().hiddenSize();
    String name = decoder.layout().head();
    String module = name.substring(0, name.lastIndexOf('.'));
    long buckets = vocabulary.buckets();
    return List.of(
        new Parameter(name, List.of(buckets, width), buckets * width),
        new Parameter(module + ".input", List.of(width, width), width * width));
  }

  /**
   * Runs the head and hands on the gradients.
   *
   * @param stream [B, T, hidden], the last layer's output
   * @param runner computes the factors, if it can
   * @param rows of the sink, one per entry of its head starts
   * @return the predictions' losses, in nats
   */
  float[] run(
      NDArray stream,
      LayerRunner runner,
      PassRows rows,
      TensorSink sink,
      Cancellation cancellation) {
    float[] losses =
        runner
            .headAlone(stream, positions, this::take)
            .orElseGet(() -> differentiate(stream, cancellation));
    for (int row = 0; row < rows.count(); row++) {
      cancellation.check();
      emit(row, rows, sink);
    }
    return losses;
  }

  /** Computes the factors with torch's automatic differentiation. */
  private float[] differentiate(NDArray stream, Cancellation cancellation) {
    LogitDeltas deltas = new LogitDeltas(manager, positions);
    int count = positions.count();
    NDArray flat = TorchMemory.longs(manager, new Shape(count), positions.flat());
    PtNDArray table = (PtNDArray) stream.reshape(-1, inputs.getShape().get(1));
    try (DecoderHead head = decoder.head()) {
      for (int from = 0; from < count; from += chunk) {
        cancellation.check();
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray some = flat.get(from + ":" + Math.min(count, from + chunk));
          NDArray rows = JniUtils.embedding((PtNDArray) some, table, false);
          NDArray input = head.normalize(rows, ModuleTap.NONE);
          NDArray leaf = input.duplicate();
          leaf.setRequiresGradient(true);
          NDArray linear = Autograd.record(() -> head.linear(leaf, ModuleTap.NONE));
          NDArray delta = deltas.of(head, linear.stopGradient(), from);
          Autograd.backward(linear, delta, false);
          take(from, delta, input, leaf.getGradient());
        }
      }
    }
    return deltas.losses();
  }

  /** Keeps some predictions' factors, those as wide as the vocabulary sketched. */
  private void take(int from, NDArray delta, NDArray input, NDArray atInput) {
    TorchMemory.copyInto(inputs, from, input);
    TorchMemory.copyInto(back, from, atInput);
    TorchMemory.copyInto(buckets, from, vocabulary.isIdentity() ? delta : sketched(delta));
  }

  private NDArray sketched(NDArray delta) {
    Shape shape = new Shape(delta.getShape().get(0), vocabulary.buckets());
    return TorchMemory.floats(
        delta.getManager(),
        shape,
        (from, piece) -> vocabulary.apply(TorchMemory.view(delta), piece));
  }

  private void emit(int row, PassRows rows, TensorSink sink) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      String range = rows.headStarts()[row] + ":" + rows.headStarts()[row + 1];
      NDArray input = inputs.get(range).expandDims(0);
      int to = rows.first() + row;
      sink.accept(new Outer(HEAD, to, buckets.get(range).expandDims(0), input));
      sink.accept(new Outer(INPUT, to, back.get(range).expandDims(0), input));
    }
  }
}
