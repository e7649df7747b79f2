package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.model.decoder.DecoderModule;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LlamaDecoder;
import org.rapidin.attribution.model.decoder.ModelConfig;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A whole pass of fused layers over a decoder, for tests: keeping activations or not. */
public final class FusedPass {
  private final FusedKernels kernels;
  private final LlamaDecoder decoder;
  private final boolean keeps;
  private final int chunk;

  public FusedPass(FusedKernels kernels, LlamaDecoder decoder, boolean keeps, int chunk) {
    this.kernels = kernels;
    this.decoder = decoder;
    this.keeps = keeps;
    this.chunk = chunk;
  }

  /** Losses of the predictions, in nats; gradients go to the receiver. */
  public float[] run(
      NDManager parent,
      List<long[]> sequences,
      FusedHead.Predictions predictions,
      FusedGradients gradients) {
    List<DecoderModule> modules = decoder.modules();
    int layers = decoder.config().layers();
    try (NDManager manager = parent.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray ids = decoder.batch(manager, sequences);
      NDArray table = decoder.parameters().get("model.embed_tokens.weight");
      List<FusedLayer> fused = layers(manager, (int) ids.getShape().get(1));
      List<Activations> kept = new ArrayList<>();
      List<NDArray> streams = new ArrayList<>();
      streams.add(JniUtils.embedding((PtNDArray) ids, (PtNDArray) table, false).duplicate());
      for (FusedLayer layer : fused) {
        NDArray stream = streams.getLast();
        streams.add(keeps ? layer.forward(stream, kept) : layer.forward(stream));
      }
      NormModule norm = (NormModule) modules.get(1 + 9 * layers);
      LinearModule head = (LinearModule) modules.getLast();
      FusedHead.Result top =
          new FusedHead(kernels, norm, head.weight(), chunk)
              .backward(streams.removeLast(), predictions, gradients);
      NDArray delta = top.delta();
      for (int l = layers - 1; l >= 0; l--) {
        Activations activations = keeps ? kept.get(l) : null;
        NDArray stream = streams.removeLast();
        NDArray next = fused.get(l).backward(stream, activations, delta, l > 0, gradients);
        delta.close();
        stream.close();
        if (activations != null) {
          activations.close();
        }
        delta = next;
      }
      return top.losses();
    }
  }

  private List<FusedLayer> layers(NDManager manager, int length) {
    ModelConfig config = decoder.config();
    int half = config.headDimension() / 2;
    float[] cos = new float[length * 2 * half];
    float[] sin = new float[length * 2 * half];
    for (int i = 0; i < half; i++) {
      double frequency =
          config.ropeScaling().scale(Math.pow(config.ropeTheta(), -(double) i / half));
      for (int t = 0; t < length; t++) {
        int at = t * 2 * half + i;
        cos[at] = cos[at + half] = (float) Math.cos(t * frequency);
        sin[at] = sin[at + half] = (float) Math.sin(t * frequency);
      }
    }
    Shape angles = new Shape(1, 1, length, 2L * half);
    NDArray cosines = TorchMemory.floats(manager, angles, cos);
    NDArray sines = TorchMemory.floats(manager, angles, sin);
    List<DecoderModule> modules = decoder.modules();
    List<FusedLayer> layers = new ArrayList<>();
    for (int l = 0; l < config.layers(); l++) {
      int first = 1 + 9 * l;
      FusedLayer.Parts parts =
          new FusedLayer.Parts(
              (NormModule) modules.get(first),
              (LinearModule) modules.get(first + 1),
              (LinearModule) modules.get(first + 2),
              (LinearModule) modules.get(first + 3),
              (LinearModule) modules.get(first + 4),
              (NormModule) modules.get(first + 5),
              (LinearModule) modules.get(first + 6),
              (LinearModule) modules.get(first + 7),
              (LinearModule) modules.get(first + 8));
      layers.add(new FusedLayer(kernels, parts, cosines, sines));
    }
    return layers;
  }
}
