package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Texts of 12 and 40 MB in a process with 512 MB of heap, as many at once as a bulk brings. */
class LargeTextTests {
  @TempDir Path root;

  @Test
  void aProcessWith512MegabytesOfHeapOutlivesTextsOf40Megabytes() throws Exception {
    TestRuntime.get(); // extracts the natives
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "-cp",
            System.getProperty("java.class.path"),
            LargeTextTests.class.getName(),
            root.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    List<String> lines = output.lines().filter(line -> line.startsWith("answer ")).toList();
    List<String> expected = new ArrayList<>();
    for (int megabytes : new int[] {12, 40}) {
      for (String text : List.of("words", "one word", "digits")) {
        expected.add("answer %d MB of %s: 4 vectors of 32 tokens, cut".formatted(megabytes, text));
        expected.add("answer %d MB prompt of %s: refused".formatted(megabytes, text));
      }
    }
    assertEquals(expected, lines, output);
  }

  /** The child. The texts are shared, as their copies are the point. */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    TinyModelDirectory.write(root);
    AttributorSpec spec =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                TinyModelDirectory.MODEL,
                "adapter",
                "one",
                "max_tokens",
                32,
                "template",
                Map.of("completion", "{{text}}"),
                "compression",
                Map.of("dimension", 256)));
    String fingerprint =
        Fingerprint.of(
            spec,
            ModelDirectory.open(root, spec.model()).digests(new FileDigests(), List.of("one")));
    GradientLimits limits = new GradientLimits(2, 10, 1 << 28);
    NativeLimits memory = new NativeLimits(1L << 30, 1L << 30, Duration.ZERO);
    try (GradientService service =
        new GradientService(
            root, new FileDigests(), TestRuntime::get, limits, memory, NodeParts.none())) {
      for (int megabytes : new int[] {12, 40}) {
        for (String text : List.of("words", "one word", "digits")) {
          String large =
              switch (text) {
                case "words" ->
                    "This is the lantern by the gate. ".repeat(megabytes * 1_000_000 / 33);
                case "one word" -> "x".repeat(megabytes * 1_000_000);
                default -> "4".repeat(megabytes * 1_000_000);
              };
          System.out.printf(
              "answer %d MB of %s: %s%n",
              megabytes, text, documents(service, spec, fingerprint, large));
          System.out.printf(
              "answer %d MB prompt of %s: %s%n",
              megabytes, text, query(service, spec, fingerprint, large));
        }
      }
    }
    System.exit(0);
  }

  private static String documents(
      GradientService service, AttributorSpec spec, String fingerprint, String large) {
    List<CompletableFuture<List<GradientResult>>> answers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      answers.add(
          service
              .documents(spec, fingerprint, List.of(new Sample("Say: ", large)))
              .toCompletableFuture());
    }
    int vectors = 0;
    for (CompletableFuture<List<GradientResult>> answer : answers) {
      GradientResult result = answer.join().getFirst();
      if (result instanceof GradientResult.Vector vector
          && vector.tokens() == 32
          && vector.truncated()) {
        vectors++;
      }
    }
    return vectors + " vectors of 32 tokens, cut";
  }

  private static String query(
      GradientService service, AttributorSpec spec, String fingerprint, String large) {
    try {
      service
          .query(
              spec,
              fingerprint,
              new Sample(large, " the end"),
              new TokenSelection.All(),
              false,
              Optional.empty())
          .toCompletableFuture()
          .join();
      return "answered";
    } catch (CompletionException e) {
      return e.getCause().getMessage().contains("32 tokens")
              || e.getCause().getMessage().contains("at most")
          ? "refused"
          : e.getCause().toString();
    }
  }
}
