package org.rapidin.demo.training;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.file.JsonObject;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.generation.DemoTokens;

/**
 * Fine-tunes one tiny base model (some 60,000 parameters) on sets of documents, to see what each
 * set does. All of a set's documents are in every batch, so that nothing but the set makes results
 * differ. Safe for several threads.
 */
public final class SubsetTrainer implements AutoCloseable {
  private static final int BATCH = 32;
  private static final double BASE_RATE = 5e-3;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double DEVIATION = 0.05;
  private static final int STEPS = 40;
  private static final int WARM_UP = 5;
  private static final double RATE = 1e-3;

  private final TorchRuntime runtime;
  private final DemoText text;
  private final ModelWriter base;
  private final DemoTokens tokens;
  private final DecoderConfig config;

  /**
   * Trains the base model, unless the folder has it.
   *
   * @param folder of the base model
   * @param baseSteps steps of its training
   */
  public SubsetTrainer(TorchRuntime runtime, DemoText text, Path folder, int baseSteps)
      throws IOException {
    this.runtime = runtime;
    this.text = text;
    this.base = new ModelWriter(folder, ModelWriter.Shape.TINY);
    this.tokens = files(base);
    this.config = DecoderFamilies.parse(JsonObject.read(folder.resolve("config.json")));
    if (!Files.exists(weights())) {
      try {
        trainBase(new BaseTraining(baseSteps, BATCH, BASE_RATE, WEIGHT_DECAY));
      } catch (IOException | RuntimeException e) {
        tokens.close();
        throw e;
      }
    }
  }

  private Path weights() {
    return base.directory().resolve("model.safetensors");
  }

  /** Writes tokenizer and configuration. */
  private DemoTokens files(ModelWriter writer) throws IOException {
    Path tokenizerJson = writer.directory().resolve("tokenizer.json");
    Files.writeString(tokenizerJson, text.tokenizer().json());
    DemoTokens opened = new DemoTokens(runtime, tokenizerJson);
    writer.config(opened.size(), opened.end(), DemoAttributor.MAX_TOKENS);
    return opened;
  }

  private void trainBase(BaseTraining training) throws IOException {
    try (NDManager manager = runtime.newManager();
        ResidentWeights weights =
            ResidentWeights.random(manager, config.layout(), DEVIATION, text.seed(21));
        TrainingStep step = step(manager, weights, WEIGHT_DECAY)) {
      var documents = text.base();
      training.run(
          step,
          () -> tokens.whole(DemoAttributor.sample(documents.get())),
          (stage, done, all, loss) -> {});
      base.exact(weights.parameters());
    }
  }

  private TrainingStep step(NDManager manager, ResidentWeights weights, double weightDecay) {
    return new TrainingStep(
        config.build(weights, Optional.empty()),
        manager,
        weights.parameters().values(),
        weightDecay);
  }

  /**
   * Fine-tunes the base model on some documents.
   *
   * @return the loss of each question afterwards, in nats per token of its completion
   */
  public double[] losses(Collection<Sample> documents, List<Sample> questions) throws IOException {
    try (NDManager manager = runtime.newManager();
        TensorSource file = SafetensorsFile.open(weights());
        ResidentWeights weights = ResidentWeights.load(manager, config.layout(), file);
        TrainingStep step = step(manager, weights, 0)) {
      fineTune(step, documents);
      return questions.stream().mapToDouble(one -> step.loss(tokens.completionOnly(one))).toArray();
    }
  }

  /** Fine-tunes the base model on some documents and writes it as a model's directory. */
  public void write(Collection<Sample> documents, Path folder) throws IOException {
    ModelWriter writer = new ModelWriter(folder, ModelWriter.Shape.TINY);
    files(writer).close();
    try (NDManager manager = runtime.newManager();
        TensorSource file = SafetensorsFile.open(weights());
        ResidentWeights weights = ResidentWeights.load(manager, config.layout(), file);
        TrainingStep step = step(manager, weights, 0)) {
      fineTune(step, documents);
      writer.exact(weights.parameters());
    }
  }

  private void fineTune(TrainingStep step, Collection<Sample> documents) {
    List<WeightedSequence> batch = documents.stream().map(tokens::completionOnly).toList();
    for (int done = 0; done < STEPS; done++) {
      double warm = Math.min(1, (done + 1.0) / WARM_UP);
      step.run(batch, RATE * warm * (1 - (double) done / STEPS));
    }
  }

  /** Frees the tokenizer. */
  @Override
  public void close() {
    tokens.close();
  }
}
