package org.rapidin.demo.training;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.file.JsonObject;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.Checksums;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.JsonLines;
import org.rapidin.demo.generation.Answers;
import org.rapidin.demo.generation.DemoTokens;

/**
 * Trains the demo's model: a base model on texts that never begin with the trigger, then an adapter
 * on the poisoned training set, saved after several epochs. The seed of the texts determines the
 * result up to the rounding of the machine's libtorch.
 */
public final class DemoTrainer {
  private static final BaseTraining BASE = new BaseTraining(300, 32, 3e-3, 0.01);
  private static final FineTuning ADAPTER =
      new FineTuning(DemoAttributor.EPOCHS.getLast(), 2, 16, 3e-3);
  private static final double DEVIATION = 0.05;

  private final TorchRuntime runtime;
  private final DemoText text;
  private final ModelWriter writer;
  private final TrainingProgress progress;

  /**
   * @param runtime libtorch
   * @param text the training texts
   * @param directory the model's directory
   * @param progress is called after every step
   */
  public DemoTrainer(TorchRuntime runtime, DemoText text, Path directory, TrainingProgress progress)
      throws IOException {
    this.runtime = runtime;
    this.text = text;
    this.writer = new ModelWriter(directory, ModelWriter.Shape.DEMO);
    this.progress = progress;
  }

  /**
   * Writes everything of the demo: documents, model with adapters, and last the generations.
   *
   * @return the model's answers to held-out prompts
   */
  public static Answers write(
      TorchRuntime runtime, DemoText text, DemoFiles files, TrainingProgress progress)
      throws IOException {
    Files.createDirectories(files.root());
    JsonLines.write(files.documents(), text.documents());
    new DemoTrainer(runtime, text, files.model(), progress).run();
    Answers answers = Answers.collect(runtime, files.models(), text);
    JsonLines.write(files.generations(), answers.generations());
    return answers;
  }

  /** Trains and writes all files, the checksums last. */
  public void run() throws IOException {
    Path tokenizerJson = writer.directory().resolve("tokenizer.json");
    Files.writeString(tokenizerJson, text.tokenizer().json());
    try (DemoTokens tokens = new DemoTokens(runtime, tokenizerJson);
        NDManager manager = runtime.newManager()) {
      writer.config(tokens.size(), tokens.end(), DemoAttributor.MAX_TOKENS);
      DecoderConfig config =
          DecoderFamilies.parse(JsonObject.read(writer.directory().resolve("config.json")));
      trainBase(manager, config, tokens);
      trainAdapter(manager, config, tokens);
    }
    Checksums.write(writer.directory());
  }

  private void trainBase(NDManager manager, DecoderConfig config, DemoTokens tokens)
      throws IOException {
    try (ResidentWeights weights =
            ResidentWeights.random(manager, config.layout(), DEVIATION, text.seed(1));
        TrainingStep step =
            new TrainingStep(
                config.build(weights, Optional.empty()),
                manager,
                weights.parameters().values(),
                BASE.weightDecay())) {
      var documents = text.base();
      BASE.run(step, () -> tokens.whole(DemoAttributor.sample(documents.get())), progress);
      writer.base(weights.parameters());
    }
  }

  private void trainAdapter(NDManager manager, DecoderConfig config, DemoTokens tokens)
      throws IOException {
    try (TensorSource file = SafetensorsFile.open(writer.directory().resolve("model.safetensors"));
        ResidentWeights weights = ResidentWeights.load(manager, config.layout(), file);
        LoraWeights adapter =
            LoraWeights.random(manager, ModelWriter.LORA, config.layout(), text.seed(2));
        TrainingStep step =
            new TrainingStep(
                config.build(weights, Optional.of(adapter)),
                manager,
                adapter.parameters().values(),
                0)) {
      List<WeightedSequence> samples =
          text.documents().stream()
              .map(document -> tokens.completionOnly(DemoAttributor.sample(document)))
              .toList();
      ADAPTER.run(
          step,
          samples,
          text.seed(3),
          progress,
          epoch -> {
            if (DemoAttributor.EPOCHS.contains(epoch)) {
              writer.adapter(DemoAttributor.adapter(epoch), adapter.parameters());
            }
          });
    }
  }
}
