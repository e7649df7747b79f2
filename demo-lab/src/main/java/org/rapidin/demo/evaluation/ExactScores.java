package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.generation.DemoModel;
import org.rapidin.demo.generation.DemoTokens;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;

/**
 * Uncompressed influences of all documents on generations, summed over the checkpoints.
 *
 * @param firstWords influence on the generations' first words, generations × documents
 * @param whole influence on the whole generations, generations × documents
 * @param lastFirstWords as {@code firstWords}, with the last checkpoint alone
 */
record ExactScores(double[][] firstWords, double[][] whole, double[][] lastFirstWords) {

  /** Computes the influences. */
  static ExactScores of(
      TorchRuntime runtime,
      Path modelsRoot,
      List<DemoDocument> documents,
      List<Generation> generations)
      throws IOException {
    int count = generations.size();
    double[][] sums = new double[2 * count][documents.size()];
    float[][] last = null;
    for (int epoch : DemoAttributor.EPOCHS) {
      try (DemoModel model = new DemoModel(runtime, modelsRoot, DemoAttributor.adapter(epoch))) {
        GradientComputer computer =
            new GradientComputer(model.manager(), model.decoder(), List.of("adapter"));
        last =
            new ExactInfluence(model.manager(), computer)
                .influences(
                    queries(model.tokens(), generations), samples(model.tokens(), documents));
      }
      add(sums, last);
    }
    double[][] lastSums = new double[2 * count][documents.size()];
    add(lastSums, last);
    return new ExactScores(
        Arrays.copyOf(sums, count),
        Arrays.copyOfRange(sums, count, 2 * count),
        Arrays.copyOf(lastSums, count));
  }

  private static List<WeightedSequence> queries(DemoTokens tokens, List<Generation> generations) {
    List<WeightedSequence> queries = new ArrayList<>();
    for (Generation generation : generations) {
      queries.add(tokens.firstWords(generation.sample(), generation.firstWords()));
    }
    generations.forEach(generation -> queries.add(tokens.completionOnly(generation.sample())));
    return queries;
  }

  private static List<WeightedSequence> samples(DemoTokens tokens, List<DemoDocument> documents) {
    return documents.stream()
        .map(document -> tokens.completionOnly(DemoAttributor.sample(document)))
        .toList();
  }

  private static void add(double[][] sums, float[][] more) {
    for (int query = 0; query < sums.length; query++) {
      for (int document = 0; document < sums[query].length; document++) {
        sums[query][document] += more[query][document];
      }
    }
  }
}
