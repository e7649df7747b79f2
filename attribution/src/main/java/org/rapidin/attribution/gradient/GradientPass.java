package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.rapidin.attribution.gradient.TensorGradient.Lookup;
import org.rapidin.attribution.gradient.TensorGradient.Tied;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.TokenBatch;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.VocabularySketch;

/**
 * One layer-wise pass: forward without a graph, keeping each layer's input; then the head; then
 * backward with one layer at a time in memory. Nothing below the lowest selected parameter is
 * propagated; where only the head counts, the pass ends with it.
 *
 * <p>One forward pass serves several seeds: gradients at the stream, each with its own rows.
 * Belongs to the thread that made it; closing frees every array.
 */
final class GradientPass implements AutoCloseable {
  private final NDManager manager;
  private final NDScope scope = new NDScope();
  private final Decoder decoder;
  private final ParameterSelection selection;
  private final List<long[]> sequences;
  private final LossPositions positions;
  private final Cancellation cancellation;
  private final NDArray ids;
  private final PassContext context;
  private final HeadPass head;
  private final int headChunk;
  private final NDArray[] inputs;
  private final Function<LayerWork, LayerRunner> layers;

  /**
   * Prepares a pass.
   *
   * @param parent its sub-manager owns the pass's arrays
   * @param sequences token ids, one array per row of the batch
   * @param headChunk positions whose logits are in memory at a time
   * @param layers how the layers run
   */
  GradientPass(
      NDManager parent,
      Decoder decoder,
      ParameterSelection selection,
      List<long[]> sequences,
      LossPositions positions,
      int headChunk,
      Function<LayerWork, LayerRunner> layers,
      Cancellation cancellation) {
    this.layers = layers;
    this.decoder = decoder;
    this.selection = selection;
    this.sequences = sequences;
    this.positions = positions;
    this.cancellation = cancellation;
    this.headChunk = headChunk;
    this.manager = parent.newSubManager();
    try {
      ids = TokenBatch.of(manager, decoder.config(), sequences);
      context = decoder.context(manager, sequences.stream().mapToInt(row -> row.length).toArray());
      head = new HeadPass(manager, decoder, selection, positions, headChunk);
      inputs = new NDArray[decoder.config().layers() + 1];
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Runs the pass with one seed per entry of {@code rows}.
   *
   * @param rows each the whole batch, or one prediction of the only row
   * @return the predictions' losses, in nats
   */
  float[] run(List<PassRows> rows, TensorSink sink) {
    LayerWork work = new LayerWork(manager, decoder, context, selection, sink, cancellation);
    try (LayerRunner runner = layers.apply(work)) {
      forward(runner);
      PassRows all = new PassRows(rows.getFirst().first(), 0, starts(rows));
      NDArray top = inputs[inputs.length - 1];
      if (selection.headAlone().isPresent()) {
        VocabularySketch vocabulary = selection.headAlone().get();
        return new HeadAlone(manager, decoder, vocabulary, positions, headChunk)
            .run(top, runner, all, sink, cancellation);
      }
      HeadDeltas deltas =
          runner.head(top, positions, all).orElseGet(() -> head.run(top, all, sink, cancellation));
      if (selection.wantsHead() && !decoder.layout().tiedHead()) {
        emitHead(all, sink);
      }
      if (selection.lowestLayer() < decoder.config().layers()) {
        List<Seed> seeds = backward(runner, seeds(rows, deltas.delta()));
        if (selection.wantsEmbedding()) {
          emitEmbedding(seeds, sink);
        }
      }
      return deltas.losses();
    }
  }

  private static int[] starts(List<PassRows> rows) {
    List<Integer> starts = new ArrayList<>();
    for (PassRows part : rows) {
      Arrays.stream(part.headStarts(), 0, part.count()).forEach(starts::add);
    }
    int[] last = rows.getLast().headStarts();
    starts.add(last[last.length - 1]);
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }

  private void forward(LayerRunner runner) {
    NDArray stream = decoder.embed(ids, ModuleTap.NONE);
    for (int i = 0; i < decoder.config().layers(); i++) {
      cancellation.check();
      NDArray output = runner.forward(i, stream);
      if (i < selection.lowestLayer()) {
        stream.close();
      } else {
        inputs[i] = stream;
      }
      stream = output;
    }
    inputs[inputs.length - 1] = stream;
  }

  /** Spreads δ of the predictions over the streams of the seeds. */
  private List<Seed> seeds(List<PassRows> rows, NDArray delta) {
    long length = ids.getShape().get(1);
    long width = delta.getShape().get(1);
    List<Seed> seeds = new ArrayList<>();
    for (PassRows part : rows) {
      NDArray stream = manager.zeros(new Shape(part.count(), length, width));
      int first = part.headStarts()[0];
      int end = part.headStarts()[part.count()];
      long[] at = Arrays.copyOfRange(positions.flat(), first, end);
      try (NDScope intermediate = new NDScope()) {
        intermediate.suppressNotUsedWarning();
        NDArray where = TorchMemory.longs(manager, new Shape(at.length), at);
        JniUtils.indexAdvPut(
            (PtNDArray) stream.reshape(-1, width),
            new NDIndex("{}", where),
            (PtNDArray) delta.get(first + ":" + end));
      }
      seeds.add(new Seed(part, stream));
    }
    return seeds;
  }

  private List<Seed> backward(LayerRunner runner, List<Seed> seeds) {
    List<Seed> current = seeds;
    for (int i = decoder.config().layers() - 1; i >= selection.lowestLayer(); i--) {
      boolean deeper = i > selection.lowestLayer() || selection.wantsEmbedding();
      current = runner.backward(i, inputs[i], current, deeper);
      inputs[i].close();
    }
    return current;
  }

  private void emitHead(PassRows rows, TensorSink sink) {
    int parameter = selection.index(decoder.layout().headParameter());
    for (int row = 0; row < rows.count(); row++) {
      try (NDScope intermediate = new NDScope()) {
        intermediate.suppressNotUsedWarning();
        sink.accept(head.head(parameter, row, rows));
      }
    }
  }

  /** Gradients of the embedding, and of the head with it where they are tied; of positions too. */
  private void emitEmbedding(List<Seed> seeds, TensorSink sink) {
    TapRecorder recorder = new TapRecorder(manager, selection::wants);
    NDArray output = Autograd.record(() -> decoder.embed(ids, recorder));
    for (Seed seed : seeds) {
      Autograd.backward(output, seed.delta(), true);
      for (TapRecorder.Tap tap : recorder.taps()) {
        for (int row = 0; row < seed.rows().count(); row++) {
          cancellation.check();
          try (NDScope intermediate = new NDScope()) {
            intermediate.suppressNotUsedWarning();
            sink.accept(embeddingGradient(tap, row, seed.rows()));
          }
        }
      }
      recorder.zeroGradients();
    }
  }

  private TensorGradient embeddingGradient(TapRecorder.Tap tap, int row, PassRows rows) {
    String table = tap.module().name() + ".weight";
    int steps = Math.min(sequences.get(row).length, rows.steps());
    Lookup lookup =
        new Lookup(
            selection.index(table),
            rows.first() + row,
            tap.input().get(row).get("0:" + steps).toLongArray(),
            tap.delta().get(row).get("0:" + steps),
            Math.toIntExact(decoder.layout().parameter(table).shape().getFirst()));
    boolean isHead = decoder.layout().tiedHead() && table.equals(decoder.layout().embedding());
    return isHead ? new Tied(head.head(lookup.parameter(), row, rows), lookup) : lookup;
  }

  @Override
  public void close() {
    scope.close();
    manager.close();
  }
}
