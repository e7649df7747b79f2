package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.service.Attributor;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;

/**
 * Influences of all documents on generations as the plugin computes them: inner products of
 * compressed gradients.
 *
 * @param firstWords influence on the generations' first words, generations × documents
 * @param whole influence on the whole generations, generations × documents
 */
record SketchedScores(double[][] firstWords, double[][] whole) {

  /**
   * Computes the influences.
   *
   * @throws IllegalStateException if a document has no vector; names it and the reason
   */
  static SketchedScores of(
      TorchRuntime runtime,
      Path modelsRoot,
      List<DemoDocument> documents,
      List<Generation> generations)
      throws IOException {
    AttributorSpec spec = DemoAttributor.spec();
    ModelDirectory directory = ModelDirectory.open(modelsRoot, spec.model());
    try (Attributor attributor = Attributor.open(spec, "evaluation", directory, runtime)) {
      float[][] rows = vectors(attributor, documents);
      double[][] firstWords = new double[generations.size()][];
      double[][] whole = new double[generations.size()][];
      for (int i = 0; i < whole.length; i++) {
        Generation generation = generations.get(i);
        Sample sample = generation.sample();
        TokenSelection first = new TokenSelection.Span(generation.firstWords());
        firstWords[i] = products(rows, attributor.query(sample, first, false).vector());
        TokenSelection all = new TokenSelection.All();
        whole[i] = products(rows, attributor.query(sample, all, false).vector());
      }
      return new SketchedScores(firstWords, whole);
    }
  }

  private static float[][] vectors(Attributor attributor, List<DemoDocument> documents) {
    List<Sample> samples = documents.stream().map(DemoAttributor::sample).toList();
    List<GradientResult> results = attributor.documents(samples);
    float[][] rows = new float[results.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          switch (results.get(i)) {
            case GradientResult.Vector vector -> vector.vector().values();
            case GradientResult.Failure failure ->
                throw new IllegalStateException(
                    "document [%s] has no vector: %s"
                        .formatted(documents.get(i).id(), failure.reason()));
          };
    }
    return rows;
  }

  private static double[] products(float[][] rows, float[] query) {
    double[] products = new double[rows.length];
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < query.length; i++) {
        products[row] += (double) rows[row][i] * query[i];
      }
    }
    return products;
  }
}
