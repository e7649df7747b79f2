package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.TokenBatch;
import org.rapidin.attribution.model.decoder.llama.LlamaHead;
import org.rapidin.attribution.model.decoder.llama.LlamaLayer;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Passes over a whole decoder with fused layers: forward, head, backward down to the lowest layer.
 * The gradient at the embedding's output has the name {@code embedded}.
 *
 * @param keeps whether the forward pass keeps activations, or the backward pass computes them again
 * @param chunk predictions of the head at a time
 */
record FusedPass(FusedKernels kernels, Decoder decoder, boolean keeps, int chunk) {

  /** Gradients of layers, final norm and adapter per sample, computed by the generic pass. */
  List<Map<String, float[]>> autograd(List<WeightedSequence> batch) {
    List<String> selectors = new ArrayList<>(List.of("model.layers.*", "model.norm.weight"));
    decoder.adapter().ifPresent(adapter -> selectors.add("adapter"));
    GradientComputer computer = new GradientComputer(kernels.manager(), decoder, selectors);
    List<Map<String, float[]>> rows = new ArrayList<>();
    batch.forEach(sample -> rows.add(new TreeMap<>()));
    DenseRows sink =
        new DenseRows(
            (row, parameter, gradient) -> {
              String name = computer.parameters().get(parameter).name();
              rows.get(row).put(name, gradient.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            });
    computer.compute(batch, sink);
    return rows;
  }

  /** Runs a pass; returns the predictions' losses. */
  float[] run(List<WeightedSequence> batch, FusedGradients gradients) {
    try (Forward forward = new Forward(batch)) {
      return forward.backward(predictions(batch), gradients);
    }
  }

  /** Gradients of each prediction of a sample, from one forward pass. */
  List<CollectedGradients> tokens(WeightedSequence sample) {
    List<CollectedGradients> tokens = new ArrayList<>();
    FusedHead.Predictions all = predictions(List.of(sample));
    try (Forward forward = new Forward(List.of(sample))) {
      for (int n = 0; n < all.targets().length; n++) {
        FusedHead.Predictions one =
            new FusedHead.Predictions(
                new long[] {all.positions()[n]},
                new long[] {all.targets()[n]},
                new float[] {all.weights()[n]},
                new int[] {0, 1});
        CollectedGradients gradients = new CollectedGradients(name -> true);
        forward.backward(one, gradients);
        tokens.add(gradients);
      }
    }
    return tokens;
  }

  private static FusedHead.Predictions predictions(List<WeightedSequence> batch) {
    int longest = batch.stream().mapToInt(sample -> sample.ids().length).max().orElseThrow();
    List<Long> positions = new ArrayList<>();
    List<Long> targets = new ArrayList<>();
    List<Float> weights = new ArrayList<>();
    int[] starts = new int[batch.size() + 1];
    for (int row = 0; row < batch.size(); row++) {
      WeightedSequence sample = batch.get(row);
      for (int t = 1; t < sample.ids().length; t++) {
        if (sample.lossWeights()[t] != 0) {
          positions.add((long) row * longest + t - 1);
          targets.add(sample.ids()[t]);
          weights.add(sample.lossWeights()[t]);
        }
      }
      starts[row + 1] = positions.size();
    }
    float[] floats = new float[weights.size()];
    for (int n = 0; n < floats.length; n++) {
      floats[n] = weights.get(n);
    }
    return new FusedHead.Predictions(
        positions.stream().mapToLong(Long::longValue).toArray(),
        targets.stream().mapToLong(Long::longValue).toArray(),
        floats,
        starts);
  }

  /** A forward pass with what its backward passes need. */
  private final class Forward implements AutoCloseable {
    private final NDManager manager = kernels.manager().newSubManager();
    private final NDScope scope = new NDScope();
    private final List<FusedLayer> layers = new ArrayList<>();
    private final List<Activations> kept = new ArrayList<>();
    private final NDList streams = new NDList();

    Forward(List<WeightedSequence> batch) {
      scope.suppressNotUsedWarning();
      List<long[]> sequences = batch.stream().map(WeightedSequence::ids).toList();
      NDArray ids = TokenBatch.of(manager, decoder.config(), sequences);
      PassContext context = decoder.context(manager, (int) ids.getShape().get(1));
      streams.add(decoder.embed(ids, ModuleTap.NONE));
      try {
        for (int i = 0; i < decoder.config().layers(); i++) {
          FusedLayer layer = new FusedLayer(kernels, (LlamaLayer) decoder.layer(i), context);
          NDArray stream = streams.getLast();
          streams.add(keeps ? layer.forward(stream, kept::add) : layer.forward(stream));
          layers.add(layer);
        }
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }

    float[] backward(FusedHead.Predictions predictions, FusedGradients gradients) {
      FusedHead.Result top = head().backward(streams.getLast(), predictions, gradients, () -> {});
      NDArray delta = spread(top.delta(), predictions.positions());
      for (int i = layers.size() - 1; i >= 0; i--) {
        NDArray stream = streams.get(i);
        Activations activations = keeps ? kept.get(i) : layers.get(i).activations(stream);
        boolean deeper = i > 0 || gradients.wants("embedded");
        delta = layers.get(i).backward(stream, activations, delta, deeper, gradients);
      }
      if (delta != null) {
        gradients.dense("embedded", delta);
      }
      return top.losses();
    }

    private FusedHead head() {
      LlamaHead head = (LlamaHead) decoder.head();
      return new FusedHead(kernels, head.norm(), head.linear().weight(), chunk);
    }

    /** δ of the predictions at their positions of the stream, and 0 elsewhere. */
    private NDArray spread(NDArray delta, long[] positions) {
      NDArray all = manager.zeros(streams.getLast().getShape());
      long bytes = delta.getShape().get(1) * Float.BYTES;
      MemorySegment from = TorchMemory.view(delta);
      MemorySegment to = TorchMemory.view(all);
      for (int n = 0; n < positions.length; n++) {
        MemorySegment.copy(from, n * bytes, to, positions[n] * bytes, bytes);
      }
      return all;
    }

    @Override
    public void close() {
      kept.forEach(Activations::close);
      scope.close();
      manager.close();
    }
  }
}
