package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TestRuntime;

/** A decoder with everything it borrows, for a test. */
public final class LoadedModel implements AutoCloseable {
  private final NDManager manager = TestRuntime.get().newManager();
  private final LlamaDecoder decoder;

  private LoadedModel(ModelDirectory directory, ModelDirectory adapters, String adapter)
      throws IOException {
    ModelConfig config = ModelConfig.parse(directory.config());
    DecoderWeights weights;
    try (TensorSource files = directory.openWeights()) {
      weights = DecoderWeights.load(manager, config, files);
    }
    if (adapter == null) {
      decoder = new LlamaDecoder(weights);
      return;
    }
    try (TensorSource files = adapters.openAdapter(adapter)) {
      LoraConfig lora = LoraConfig.parse(adapters.adapterConfig(adapter));
      decoder = new LlamaDecoder(weights, LoraWeights.load(manager, lora, config, files));
    }
  }

  /** Opens a Hugging Face directory without an adapter. */
  public static LoadedModel open(Path directory) throws IOException {
    return new LoadedModel(directory(directory), null, null);
  }

  /** Opens a Hugging Face directory with an adapter that lies beside it, not below. */
  public static LoadedModel openBeside(Path root, String model, String adapter) throws IOException {
    return new LoadedModel(directory(root.resolve(model)), directory(root), adapter);
  }

  private static ModelDirectory directory(Path path) throws IOException {
    return ModelDirectory.open(path.getParent(), path.getFileName().toString());
  }

  public LlamaDecoder decoder() {
    return decoder;
  }

  public NDManager manager() {
    return manager;
  }

  /** Logits of one sequence, T x vocabulary, without a graph. */
  public float[] logits(long[] ids) {
    try (NDManager own = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray hidden = decoder.hidden(decoder.batch(own, List.of(ids)), ModuleTap.NONE);
      return decoder.logits(hidden, ModuleTap.NONE).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
