package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.rapidin.attribution.gradient.TensorGradient.Dense;
import org.rapidin.attribution.gradient.TensorGradient.Outer;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * What a pass does above the last layer, at the N positions that carry loss: losses, δ at the last
 * layer's output, and gradients of the final normalization and the head.
 *
 * <p>The head runs in chunks of positions, because its logits are as wide as the vocabulary.
 * Belongs to one thread; arrays live until the pass's manager closes.
 */
final class HeadPass {
  private final NDManager manager;
  private final Decoder decoder;
  private final ParameterSelection selection;
  private final LossPositions positions;
  private final int chunk;
  private final LogitDeltas deltas;
  private NDArray normalized;

  /**
   * Prepares the pass.
   *
   * @param manager owns the arrays
   * @param chunk how many positions' logits are in memory at a time
   */
  HeadPass(
      NDManager manager,
      Decoder decoder,
      ParameterSelection selection,
      LossPositions positions,
      int chunk) {
    this.manager = manager;
    this.decoder = decoder;
    this.selection = selection;
    this.positions = positions;
    this.chunk = chunk;
    this.deltas = new LogitDeltas(manager, positions);
  }

  /**
   * Runs forward and backward.
   *
   * @param stream [B, T, hidden], the last layer's output
   * @param sink is given the final normalization's gradient, if it is selected
   * @param rows of the sink, one per entry of its head starts
   */
  HeadDeltas run(NDArray stream, PassRows rows, TensorSink sink, Cancellation cancellation) {
    long width = stream.getShape().get(2);
    NDArray flat = TorchMemory.longs(manager, new Shape(positions.count()), positions.flat());
    PtNDArray table = (PtNDArray) stream.reshape(-1, width);
    NDArray selected = JniUtils.embedding((PtNDArray) flat, table, false);
    selected.setRequiresGradient(true);
    try (DecoderHead head = decoder.head()) {
      TapRecorder recorder = new TapRecorder(manager, selection::wants);
      NDArray graph = Autograd.record(() -> head.normalize(selected, recorder));
      normalized = graph.stopGradient();
      NDArray delta = manager.zeros(normalized.getShape());
      for (int from = 0; from < positions.count(); from += chunk) {
        cancellation.check();
        backward(head, from, Math.min(positions.count(), from + chunk), delta);
      }
      Autograd.backward(graph, delta, false);
      recorder.taps().forEach(tap -> emitNorm(tap, rows, sink));
      return new HeadDeltas(deltas.losses(), selected.getGradient());
    }
  }

  private void backward(DecoderHead head, int from, int to, NDArray delta) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray leaf = normalized.get(from + ":" + to).duplicate();
      leaf.setRequiresGradient(true);
      NDArray linear = Autograd.record(() -> head.linear(leaf, ModuleTap.NONE));
      Autograd.backward(linear, deltas.of(head, linear.stopGradient(), from), false);
      TorchMemory.copyInto(delta, from, leaf.getGradient());
    }
  }

  /** dw = Σ δ·n and db = Σ δ over each row's predictions. */
  private void emitNorm(TapRecorder.Tap tap, PassRows rows, TensorSink sink) {
    String weight = tap.module().name() + ".weight";
    String bias = tap.module().name() + ".bias";
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      if (selection.contains(weight)) {
        emitSums(selection.index(weight), tap.delta().mul(tap.input()), rows, sink);
      }
      if (selection.contains(bias)) {
        emitSums(selection.index(bias), tap.delta(), rows, sink);
      }
    }
  }

  private static void emitSums(int parameter, NDArray products, PassRows rows, TensorSink sink) {
    for (int row = 0; row < rows.count(); row++) {
      String range = rows.headStarts()[row] + ":" + rows.headStarts()[row + 1];
      NDArray sum = products.get(range).sum(new int[] {0}, true);
      sink.accept(new Dense(parameter, rows.first() + row, sum));
    }
  }

  /**
   * The head's gradient of one row, as factors. Its logits are computed again, because those of all
   * rows would not fit.
   *
   * @param row index among the pass's head starts
   */
  Outer head(int parameter, int row, PassRows rows) {
    int from = rows.headStarts()[row];
    int to = rows.headStarts()[row + 1];
    NDArray input = normalized.get(from + ":" + to);
    Shape shape = new Shape(1, to - from, decoder.config().vocabularySize());
    NDArray delta = manager.zeros(shape);
    try (DecoderHead head = decoder.head()) {
      for (int start = from; start < to; start += chunk) {
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray part = normalized.get(start + ":" + Math.min(to, start + chunk));
          NDArray some = deltas.of(head, head.linear(part, ModuleTap.NONE), start);
          TorchMemory.copyInto(delta.get(0), start - from, some);
        }
      }
    }
    return new Outer(parameter, rows.first() + row, delta, input.expandDims(0));
  }
}
