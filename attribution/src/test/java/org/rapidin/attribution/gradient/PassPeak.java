package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.file.JsonObject;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.sketch.VocabularySketch;

/**
 * Measures how much passes, one after another, add to the process's resident memory, in a separate
 * process, and prints it next to what {@link GradientComputer#peakBytes} says.
 */
public final class PassPeak {
  private static final long KEPT_BYTES = Long.getLong("kept", 0);
  private static final int PASSES = 4;

  private PassPeak() {}

  /**
   * @param args hidden size, MLP width, layers, heads, key heads, vocabulary, LoRA rank or 0 for
   *     the linear layers' gradients, {@code l} for the head alone, {@code h} for layers by hand,
   *     then pairs ROWSxTOKENS; a third number asks for so many tokens' gradients
   */
  public static void main(String[] args) throws IOException {
    TorchRuntime runtime = TestRuntime.get();
    DecoderConfig config = config(args);
    int rank = Integer.parseInt(args[6]);
    try (NDManager manager = runtime.newManager()) {
      ResidentWeights weights = ResidentWeights.random(manager, config.layout(), 0.02, 1);
      Optional<LoraWeights> adapter =
          rank == 0
              ? Optional.empty()
              : Optional.of(LoraWeights.random(manager, lora(rank), config.layout(), 2));
      Decoder decoder = config.build(weights, adapter);
      GradientComputer computer =
          new GradientComputer(
              manager,
              decoder,
              List.of(System.getProperty("parameters", rank == 0 ? "linear" : "adapter")));
      FusedKernels kernels = FusedKernels.load(manager);
      for (int i = 7; i < args.length; i++) {
        switch (args[i].charAt(0)) {
          case 'l' ->
              computer =
                  GradientComputer.ofHead(
                      manager, decoder, new VocabularySketch(config.vocabularySize(), 16_384, 1));
          case 'h' -> computer = computer.byHand(kernels).orElseThrow();
          default -> measure(runtime, computer, config, args[i]);
        }
      }
    }
  }

  private static void measure(
      TorchRuntime runtime, GradientComputer computer, DecoderConfig config, String batch)
      throws IOException {
    int[] sizes = Stream.of(batch.split("x")).mapToInt(Integer::parseInt).toArray();
    List<WeightedSequence> samples = samples(sizes[0], sizes[1], config.vocabularySize());
    int[] tokens =
        sizes.length == 3 ? IntStream.range(sizes[1] - sizes[2], sizes[1]).toArray() : new int[0];
    TensorSink sink = new DenseRows((row, parameter, gradient) -> {});
    // Loads code. As small as can be: what it leaves in malloc's arenas is not measured again.
    run(computer, samples(1, 4, config.vocabularySize()), new int[0], sink);
    System.gc();
    runtime.allocator().trim();
    long before = status("VmRSS");
    Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // resets the peak
    // What malloc keeps in pieces grows from pass to pass, and then no more.
    for (int pass = 0; pass < PASSES; pass++) {
      run(computer, samples, tokens, sink);
    }
    long measured = status("VmHWM") - before;
    long computed =
        tokens.length == 0
            ? computer.peakBytes(sizes[0], sizes[1], sizes[0] * (sizes[1] - sizes[1] / 4))
                + Math.min(KEPT_BYTES, computer.activationBytes(sizes[0], sizes[1]))
            : computer.peakBytesOfTokens(sizes[1], tokens.length);
    System.out.printf("%s measured %d computed %d%n", batch, measured, computed);
  }

  private static void run(
      GradientComputer computer, List<WeightedSequence> samples, int[] tokens, TensorSink sink) {
    if (tokens.length == 0) {
      computer.compute(samples, sink, () -> false, KEPT_BYTES);
    } else {
      computer.computeTokens(samples.getFirst(), tokens, sink);
    }
  }

  private static List<WeightedSequence> samples(int rows, int length, int vocabulary) {
    Random random = new Random(3);
    return IntStream.range(0, rows)
        .mapToObj(
            row -> {
              float[] loss = new float[length];
              for (int t = length / 4; t < length; t++) {
                loss[t] = 1;
              }
              return new WeightedSequence(random.longs(length, 0, vocabulary).toArray(), loss);
            })
        .toList();
  }

  /** Of Llama's family, or from the file that the property {@code config} names. */
  private static DecoderConfig config(String[] args) throws IOException {
    if (System.getProperty("config") != null) {
      return DecoderFamilies.parse(JsonObject.read(Path.of(System.getProperty("config"))));
    }
    return DecoderFamilies.parse(
        JsonObject.parse(
            "config.json",
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %s,
             "intermediate_size": %s, "num_hidden_layers": %s, "num_attention_heads": %s,
             "num_key_value_heads": %s, "vocab_size": %s, "max_position_embeddings": 8192,
             "rms_norm_eps": 1e-5, "tie_word_embeddings": true}"""
                .formatted(args[0], args[1], args[2], args[3], args[4], args[5])
                .getBytes(StandardCharsets.UTF_8)));
  }

  private static LoraConfig lora(int rank) {
    return LoraConfig.parse(
        JsonObject.parse(
            "adapter_config.json",
            """
            {"peft_type": "LORA", "r": %d, "lora_alpha": 16, "bias": "none",
             "task_type": "CAUSAL_LM", "target_modules": "all-linear"}"""
                .formatted(rank)
                .getBytes(StandardCharsets.UTF_8)));
  }

  private static long status(String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
