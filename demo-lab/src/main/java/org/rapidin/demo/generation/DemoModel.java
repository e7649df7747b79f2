package org.rapidin.demo.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;

/** The committed model with one of its adapters, for generation. Not thread-safe. */
public final class DemoModel implements AutoCloseable {
  private static final int BATCH = 50;

  private final NDManager manager;
  private final DemoTokens tokens;
  private final Decoder decoder;

  /**
   * Opens a model.
   *
   * @param modelsRoot the directory that holds the directory {@value DemoAttributor#MODEL}
   * @param adapter name of the adapter
   */
  public DemoModel(TorchRuntime runtime, Path modelsRoot, String adapter) throws IOException {
    ModelDirectory directory = ModelDirectory.open(modelsRoot, DemoAttributor.MODEL);
    Path tokenizerJson = modelsRoot.resolve(DemoAttributor.MODEL).resolve("tokenizer.json");
    manager = runtime.newManager();
    tokens = new DemoTokens(runtime, tokenizerJson);
    DecoderConfig config = DecoderFamilies.parse(directory.config());
    try (TensorSource base = directory.openWeights();
        TensorSource lora = directory.openAdapter(adapter)) {
      LoraConfig loraConfig = LoraConfig.parse(directory.adapterConfig(adapter));
      decoder =
          config.build(
              ResidentWeights.load(manager, config.layout(), base),
              Optional.of(LoraWeights.load(manager, loraConfig, config.layout(), lora)));
    }
  }

  /** The decoder with its adapter; valid until this model is closed. */
  public Decoder decoder() {
    return decoder;
  }

  /** The owner of the model's arrays; closed with it. */
  public NDManager manager() {
    return manager;
  }

  /** The tokenizer; valid until this model is closed. */
  public DemoTokens tokens() {
    return tokens;
  }

  /** The number of parameters, including the adapter's. */
  public long parameters() {
    long base = decoder.layout().parameters().stream().mapToLong(ParameterShape::size).sum();
    return base
        + decoder.adapter().orElseThrow().parameters().values().stream()
            .mapToLong(NDArray::size)
            .sum();
  }

  /**
   * Answers instructions by greedy decoding.
   *
   * @return one completion per instruction, without the end token
   */
  public List<String> answer(List<String> instructions) {
    GreedyGenerator generator =
        new GreedyGenerator(decoder, manager, tokens.end(), DemoAttributor.MAX_TOKENS / 2);
    List<String> answers = new ArrayList<>();
    for (int from = 0; from < instructions.size(); from += BATCH) {
      List<String> batch = instructions.subList(from, Math.min(from + BATCH, instructions.size()));
      List<long[]> prompts = batch.stream().map(text -> tokens.prompt(prompt(text))).toList();
      generator.generate(prompts).forEach(ids -> answers.add(tokens.text(ids)));
    }
    return answers;
  }

  /** Renders the prompt of an instruction. */
  public static String prompt(String instruction) {
    TextTemplate template = DemoAttributor.TEMPLATE;
    return template
        .render(DemoAttributor.LIMIT, field -> field.equals("instruction") ? instruction : "")
        .prompt();
  }

  @Override
  public void close() {
    tokens.close();
    manager.close();
  }
}
