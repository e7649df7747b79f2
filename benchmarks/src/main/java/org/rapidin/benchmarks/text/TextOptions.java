package org.rapidin.benchmarks.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.benchmarks.node.BenchNode;
import picocli.CommandLine.Option;

/** The options that name a model, and documents with the templates that render them. */
public final class TextOptions {
  private static final String DEMO = "distribution/src/demo/";

  @Option(
      names = "--model",
      defaultValue = DEMO + "models/demo",
      description = "Model directory (${DEFAULT-VALUE}).")
  private Path model;

  @Option(names = "--adapter", description = "Adapter below it; without one, linear weights count.")
  private String adapter;

  @Option(
      names = "--texts",
      defaultValue = DEMO + "documents.jsonl",
      description = "JSON lines or a JSON array (${DEFAULT-VALUE}).")
  private Path texts;

  @Option(
      names = "--prompt",
      defaultValue = "User: {{instruction}}\nModel: ",
      description = "Template of the prompt.")
  private String prompt;

  @Option(
      names = "--completion",
      defaultValue = "{{output}}",
      description = "Template of the completion (${DEFAULT-VALUE}).")
  private String completion;

  @Option(names = "--max-tokens", defaultValue = "512", description = "(${DEFAULT-VALUE})")
  private int maxTokens;

  /** The model directory, without links. */
  public Path model() throws IOException {
    return model.toRealPath();
  }

  /** The body of a request that registers the attributor. */
  public ObjectNode attributor() throws IOException {
    return BenchNode.attributor(
        model().getFileName().toString(), adapter, prompt, completion, maxTokens);
  }

  /**
   * Reads the documents.
   *
   * @return JSON objects, at least one
   */
  public List<String> documents() throws IOException {
    return TextFile.read(texts);
  }

  /**
   * Reads documents, from the first again when the file has too few.
   *
   * @param count how many to return
   */
  public List<String> documents(int count) throws IOException {
    List<String> documents = documents();
    List<String> repeated = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      repeated.add(documents.get(i % documents.size()));
    }
    return repeated;
  }
}
