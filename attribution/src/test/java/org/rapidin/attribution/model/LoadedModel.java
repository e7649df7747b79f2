package org.rapidin.attribution.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TestRuntime;

/** A decoder with everything it borrows, for a test. */
public final class LoadedModel implements AutoCloseable {
  private final NDManager manager = TestRuntime.get().newManager();
  private final Decoder decoder;

  private LoadedModel(ModelDirectory directory, ModelDirectory adapters, String adapter)
      throws IOException {
    DecoderConfig config = DecoderFamilies.parse(directory.config());
    ResidentWeights weights;
    try (TensorSource files = WeightFiles.named(config.layout(), directory.openWeights())) {
      weights = ResidentWeights.load(manager, config.layout(), files);
    }
    if (adapter == null) {
      decoder = config.build(weights, Optional.empty());
      return;
    }
    try (TensorSource files = adapters.openAdapter(adapter)) {
      LoraConfig lora = LoraConfig.parse(adapters.adapterConfig(adapter));
      LoraWeights matrices = LoraWeights.load(manager, lora, config.layout(), files);
      decoder = config.build(weights, Optional.of(matrices));
    }
  }

  /** Opens a Hugging Face directory without an adapter. */
  public static LoadedModel open(Path directory) throws IOException {
    return new LoadedModel(directory(directory), null, null);
  }

  /** Opens a Hugging Face directory with an adapter that is next to it, not below it. */
  public static LoadedModel openSiblings(Path root, String model, String adapter)
      throws IOException {
    return new LoadedModel(directory(root.resolve(model)), directory(root), adapter);
  }

  private static ModelDirectory directory(Path path) throws IOException {
    return ModelDirectory.open(path.getParent(), path.getFileName().toString());
  }

  public Decoder decoder() {
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
      WholeDecoder whole = new WholeDecoder(decoder);
      NDArray hidden = whole.hidden(own, List.of(ids), ModuleTap.NONE);
      return whole.logits(hidden, ModuleTap.NONE).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
