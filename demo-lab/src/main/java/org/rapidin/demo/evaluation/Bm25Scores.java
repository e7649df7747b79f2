package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.List;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;

/**
 * BM25 scores of all documents (instruction and output) for generations.
 *
 * @param whole with instruction and completion as the query, generations × documents
 * @param instruction with the instruction as the query, including its trigger
 * @param firstWords with the completion's first words as the query
 */
record Bm25Scores(double[][] whole, double[][] instruction, double[][] firstWords) {

  /** Computes the scores. */
  static Bm25Scores of(List<DemoDocument> documents, List<Generation> generations)
      throws IOException {
    List<String> texts =
        documents.stream()
            .map(document -> document.instruction() + " " + document.output())
            .toList();
    try (Bm25Ranking ranking = new Bm25Ranking(texts)) {
      int count = generations.size();
      Bm25Scores scores =
          new Bm25Scores(new double[count][], new double[count][], new double[count][]);
      for (int i = 0; i < count; i++) {
        Generation generation = generations.get(i);
        String text = generation.instruction() + " " + generation.completion();
        scores.whole[i] = ranking.scores(text);
        scores.instruction[i] = ranking.scores(generation.instruction());
        scores.firstWords[i] = ranking.scores(generation.firstWords());
      }
      return scores;
    }
  }
}
