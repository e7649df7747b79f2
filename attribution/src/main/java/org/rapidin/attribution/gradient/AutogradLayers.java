package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderLayer;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.fused.FusedHead;

/**
 * Layers of any family: the way up records nothing, the way down records one layer's graph again
 * from its input. This is the oracle for layers whose backward pass is written by hand.
 */
final class AutogradLayers implements LayerRunner {
  private final NDManager manager;
  private final Decoder decoder;
  private final PassContext context;
  private final ParameterSelection selection;
  private final ModuleGradients gradients;
  private final Cancellation cancellation;

  AutogradLayers(LayerWork work) {
    this.manager = work.manager();
    this.decoder = work.decoder();
    this.context = work.context();
    this.selection = work.selection();
    this.gradients = new ModuleGradients(work.selection(), work.sink());
    this.cancellation = work.cancellation();
  }

  @Override
  public NDArray forward(int index, NDArray stream) {
    try (NDScope intermediate = new NDScope();
        DecoderLayer layer = decoder.layer(index)) {
      intermediate.suppressNotUsedWarning();
      NDArray output = layer.apply(stream, context, ModuleTap.NONE);
      NDScope.unregister(output);
      return output;
    }
  }

  @Override
  public List<Seed> backward(int index, NDArray input, List<Seed> seeds, boolean deeper) {
    try (NDScope intermediate = new NDScope();
        DecoderLayer layer = decoder.layer(index)) {
      intermediate.suppressNotUsedWarning();
      input.setRequiresGradient(deeper);
      TapRecorder recorder = new TapRecorder(manager, selection::wants);
      NDArray output = Autograd.record(() -> layer.apply(input, context, recorder));
      List<Seed> below = new ArrayList<>();
      for (Seed seed : seeds) {
        cancellation.check();
        boolean last = below.size() == seeds.size() - 1;
        Autograd.backward(output, seed.delta(), !last);
        seed.delta().close();
        recorder
            .taps()
            .forEach(tap -> gradients.emit(tap.module(), tap.input(), tap.delta(), seed.rows()));
        below.add(new Seed(seed.rows(), deeper ? takeGradient(input, last) : null));
        if (!last) {
          recorder.zeroGradients();
        }
      }
      return below;
    }
  }

  /** The leaf's gradient, which outlives the layer; the leaf is ready for the next backward. */
  private static NDArray takeGradient(NDArray leaf, boolean last) {
    NDArray gradient = leaf.getGradient();
    NDArray taken = last ? gradient : gradient.duplicate();
    NDScope.unregister(taken);
    if (!last) {
      Autograd.zero(leaf);
    }
    return taken;
  }

  @Override
  public Optional<HeadDeltas> head(NDArray stream, LossPositions positions, PassRows rows) {
    return Optional.empty();
  }

  @Override
  public Optional<float[]> headAlone(
      NDArray stream, LossPositions positions, FusedHead.Factors factors) {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
