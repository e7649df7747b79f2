package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.gradient.TensorGradient.Dense;
import org.rapidin.attribution.gradient.TensorGradient.Outer;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.fused.Activations;
import org.rapidin.attribution.model.decoder.fused.FusedGradients;
import org.rapidin.attribution.model.decoder.fused.FusedHead;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.fused.FusedLayer;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaDecoder;
import org.rapidin.attribution.model.decoder.llama.LlamaHead;
import org.rapidin.attribution.model.decoder.llama.LlamaLayer;

/**
 * Layers of Llama's shape, backward by hand. Keeps activations on the way up while they fit, and
 * computes the others again on the way down. A head whose own gradient is selected is left to
 * automatic differentiation.
 */
final class FusedLayers implements LayerRunner {
  private final FusedKernels kernels;
  private final LlamaDecoder decoder;
  private final PassContext context;
  private final ParameterSelection selection;
  private final TensorSink sink;
  private final Cancellation cancellation;
  private final Activations[] kept;
  private final long keptBytesMax;
  private long keptBytes;

  /**
   * Prepares a pass.
   *
   * @param keptBytesMax what activations may take on the way up
   */
  FusedLayers(LayerWork work, LlamaDecoder decoder, FusedKernels kernels, long keptBytesMax) {
    this.kernels = kernels;
    this.decoder = decoder;
    this.context = work.context();
    this.selection = work.selection();
    this.sink = work.sink();
    this.cancellation = work.cancellation();
    this.kept = new Activations[decoder.config().layers()];
    this.keptBytesMax = keptBytesMax;
  }

  @Override
  public NDArray forward(int index, NDArray stream) {
    try (LlamaLayer layer = decoder.layer(index)) {
      long bytes = activationBytes(decoder.config(), stream.getShape().get(0) * context.length());
      if (index < selection.lowestLayer() || keptBytes + bytes > keptBytesMax) {
        return fused(layer).forward(stream);
      }
      keptBytes += bytes;
      return fused(layer).forward(stream, activations -> kept[index] = activations);
    }
  }

  @Override
  public List<Seed> backward(int index, NDArray input, List<Seed> seeds, boolean deeper) {
    try (LlamaLayer layer = decoder.layer(index)) {
      FusedLayer fused = fused(layer);
      if (kept[index] == null) {
        kept[index] = fused.activations(input);
      }
      List<Seed> below = new ArrayList<>();
      for (Seed seed : seeds) {
        cancellation.check();
        FusedGradients gradients = new Gradients(seed.rows());
        NDArray delta = fused.backward(input, kept[index], seed.delta(), deeper, gradients);
        seed.delta().close();
        below.add(new Seed(seed.rows(), delta));
      }
      return below;
    } finally {
      release(index);
    }
  }

  @Override
  public Optional<HeadDeltas> head(NDArray stream, LossPositions positions, PassRows rows) {
    if (selection.wantsHead()) {
      return Optional.empty();
    }
    try (LlamaHead head = decoder.head()) {
      FusedHead.Result result =
          fused(head)
              .backward(
                  stream,
                  predictions(positions, rows.headStarts()),
                  new Gradients(rows),
                  cancellation::check);
      return Optional.of(new HeadDeltas(result.losses(), result.delta()));
    }
  }

  @Override
  public Optional<float[]> headAlone(
      NDArray stream, LossPositions positions, FusedHead.Factors factors) {
    try (LlamaHead head = decoder.head()) {
      FusedHead.Predictions predictions = predictions(positions, positions.starts());
      return Optional.of(fused(head).factors(stream, predictions, factors, cancellation::check));
    }
  }

  private FusedHead fused(LlamaHead head) {
    return new FusedHead(kernels, head.norm(), head.linear().weight());
  }

  private static FusedHead.Predictions predictions(LossPositions positions, int[] starts) {
    return new FusedHead.Predictions(
        positions.flat(), positions.targets(), positions.weights(), starts);
  }

  private FusedLayer fused(LlamaLayer layer) {
    return new FusedLayer(kernels, layer, context);
  }

  /**
   * Bytes of one layer's activations without those of an adapter, which are small.
   *
   * @param tokens rows times T
   */
  static long activationBytes(LlamaConfig config, long tokens) {
    long heads = 2L * (config.heads() + config.keyValueHeads()) * config.headDimension();
    return tokens * Float.BYTES * (heads + config.hiddenSize() + 2L * config.intermediateSize());
  }

  private void release(int index) {
    if (kept[index] != null) {
      kept[index].close();
      kept[index] = null;
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < kept.length; i++) {
      release(i);
    }
  }

  /** Hands on what a layer computes for some rows. */
  private final class Gradients implements FusedGradients {
    private final PassRows rows;

    Gradients(PassRows rows) {
      this.rows = rows;
    }

    @Override
    public boolean wants(String parameter) {
      return selection.contains(parameter);
    }

    @Override
    public void outer(String parameter, NDArray delta, NDArray input) {
      NDArray d = rows.steps(delta);
      sink.accept(new Outer(selection.index(parameter), rows.first(), d, rows.steps(input)));
    }

    @Override
    public void dense(String parameter, NDArray gradients) {
      sink.accept(new Dense(selection.index(parameter), rows.first(), gradients));
    }
  }
}
