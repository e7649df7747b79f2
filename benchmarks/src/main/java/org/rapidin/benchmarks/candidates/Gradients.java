package org.rapidin.benchmarks.candidates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.service.Attributor;
import org.rapidin.benchmarks.text.TextOptions;

/**
 * Gradients of real texts.
 *
 * @param rows float32, length K, of the documents that are searched
 * @param queries of other documents
 */
public record Gradients(List<float[]> rows, List<float[]> queries) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BATCH = 256;

  /**
   * Computes the gradients of all documents, in a random order.
   *
   * @param queries how many documents become queries
   */
  public static Gradients of(TextOptions texts, int queries) throws IOException {
    AttributorSpec spec = spec(texts);
    List<Sample> samples = samples(spec, inRandomOrder(texts));
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    ModelDirectory directory = ModelDirectory.open(texts.model().getParent(), spec.model());
    List<float[]> vectors = new ArrayList<>();
    try (Attributor attributor =
        Attributor.open(
            spec, "benchmark", directory, TorchRuntime.start(cache, Optional.empty(), 1))) {
      for (int from = 0; from < samples.size(); from += BATCH) {
        List<Sample> batch = samples.subList(from, Math.min(samples.size(), from + BATCH));
        for (GradientResult result : attributor.documents(batch)) {
          if (result instanceof GradientResult.Vector computed) {
            vectors.add(computed.vector().values());
          }
        }
      }
    }
    if (vectors.size() < 2 * queries) {
      throw new IllegalArgumentException(
          "%s documents are too few for %s queries".formatted(vectors.size(), queries));
    }
    int rows = vectors.size() - queries;
    return new Gradients(vectors.subList(0, rows), vectors.subList(rows, vectors.size()));
  }

  /** The documents, always in the same random order. */
  static List<String> inRandomOrder(TextOptions texts) throws IOException {
    List<String> documents = new ArrayList<>(texts.documents());
    Collections.shuffle(documents, new Random(1));
    return documents;
  }

  static List<Sample> samples(AttributorSpec spec, List<String> documents) throws IOException {
    TextLimit limit = new TextLimit(spec.maxTokens());
    List<Sample> samples = new ArrayList<>();
    for (String document : documents) {
      JsonNode fields = JSON.readTree(document);
      samples.add(spec.template().render(limit, name -> fields.path(name).asText(null)));
    }
    return samples;
  }

  /** The definition of the attributor. */
  @SuppressWarnings("unchecked")
  static AttributorSpec spec(TextOptions texts) throws IOException {
    return AttributorSpecFormat.fromMap(JSON.convertValue(texts.attributor(), Map.class));
  }

  public int dimension() {
    return rows.getFirst().length;
  }
}
