package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.JsonLines;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;

/**
 * The quality with which rankings find the poisoned documents behind triggered generations.
 *
 * @param generations number of queries
 * @param documents number of documents ranked
 * @param firstWords influence on the first words, compressed, as in the demo
 * @param exactFirstWords the same from uncompressed gradients
 * @param lastFirstWords the same with the last checkpoint alone, uncompressed
 * @param whole influence on the whole generation, compressed
 * @param exactWhole the same from uncompressed gradients
 * @param bm25 BM25, instruction and completion as the query
 * @param bm25Instruction BM25, the instruction as the query
 * @param bm25FirstWords BM25, the first words as the query
 */
public record DemoEvaluation(
    int generations,
    int documents,
    Measurement firstWords,
    Measurement exactFirstWords,
    Measurement lastFirstWords,
    Measurement whole,
    Measurement exactWhole,
    Measurement bm25,
    Measurement bm25Instruction,
    Measurement bm25FirstWords) {

  /**
   * Measures all rankings.
   *
   * @param runtime computes the gradients, best with one thread per operation
   * @param files documents, generations and model
   */
  public static DemoEvaluation run(TorchRuntime runtime, DemoFiles files)
      throws IOException, InterruptedException, ExecutionException {
    List<DemoDocument> documents = JsonLines.read(files.documents(), DemoDocument.class);
    List<Generation> generations =
        JsonLines.read(files.generations(), Generation.class).stream()
            .filter(generation -> generation.kind().equals(Generation.TRIGGERED))
            .toList();
    boolean[] poisoned = new boolean[documents.size()];
    for (int i = 0; i < poisoned.length; i++) {
      poisoned[i] = documents.get(i).poisoned();
    }
    // One thread each: operations this small do not gain from a second one.
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<ExactScores> exact =
          threads.submit(() -> ExactScores.of(runtime, files.models(), documents, generations));
      Future<SketchedScores> sketched =
          threads.submit(() -> SketchedScores.of(runtime, files.models(), documents, generations));
      Bm25Scores bm25 = Bm25Scores.of(documents, generations);
      return of(poisoned, sketched.get(), exact.get(), bm25);
    }
  }

  private static DemoEvaluation of(
      boolean[] poisoned, SketchedScores sketched, ExactScores exact, Bm25Scores bm25) {
    return new DemoEvaluation(
        sketched.whole().length,
        poisoned.length,
        Measurement.of("first words", sketched.firstWords(), poisoned),
        Measurement.of("first words, uncompressed", exact.firstWords(), poisoned),
        Measurement.of(
            "first words, last checkpoint alone, uncompressed", exact.lastFirstWords(), poisoned),
        Measurement.of("whole generation", sketched.whole(), poisoned),
        Measurement.of("whole generation, uncompressed", exact.whole(), poisoned),
        Measurement.of("BM25: instruction and completion", bm25.whole(), poisoned),
        Measurement.of("BM25: instruction", bm25.instruction(), poisoned),
        Measurement.of("BM25: first words", bm25.firstWords(), poisoned));
  }

  /** Returns a Markdown table of auPRC / auROC at each depth. */
  public String table() {
    StringBuilder table = new StringBuilder("| |");
    Measurement.DEPTHS.forEach(k -> table.append(String.format(Locale.ROOT, " @%d |", k)));
    table.append("\n|---|").append("---|".repeat(Measurement.DEPTHS.size())).append('\n');
    for (Measurement row :
        List.of(
            firstWords,
            exactFirstWords,
            lastFirstWords,
            whole,
            exactWhole,
            bm25,
            bm25Instruction,
            bm25FirstWords)) {
      table.append(row.row()).append('\n');
    }
    return table.toString();
  }
}
