package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.demo.generation.Generation;

/** How well rankings find the poisoned documents behind triggered generations. */
final class Backdoor implements EvaluationProtocol {
  /** Corrected scores of these are shown at all depths. */
  private static final List<String> SHOWN = List.of("rapidgrad 2^16", "trackstar 2^16");

  private static final double[] ALL = {1, 1, 1};
  private static final double[] FIRST = {1, 0, 0};

  @Override
  public String name() {
    return "backdoor";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    lab.prepareAll(sets);
    lab.prepare(
        sets.stream().map(set -> new Laboratory.Wanted(set.tokens(), byToken(lab))).toList());
    BackdoorTables tables = new BackdoorTables(sets.size(), sets.getFirst().documents().size());
    for (DemoSet set : sets) {
      for (VectorMethod method : lab.methods()) {
        add(lab, set, method, tables);
      }
      String largest = byToken(lab).name() + ", largest of each token";
      tables.addAreas(tables.whole, largest, largest(lab, set), set);
      addBaselines(set, tables);
    }
    return tables.text(sets);
  }

  /** The method whose influences on single tokens are compared. */
  private static VectorMethod byToken(Laboratory lab) {
    return lab.methods().stream()
        .filter(method -> method.name().startsWith("rapidgrad"))
        .findFirst()
        .orElseThrow();
  }

  /** Scores documents by their largest influence on a single token: generations × documents. */
  private static double[][] largest(Laboratory lab, DemoSet set) throws IOException {
    Influences influences = lab.influences(set.tokens(), byToken(lab));
    List<Generation> generations = set.triggered();
    double[][] scores = new double[generations.size()][set.documents().size()];
    int text = set.documents().size();
    for (int i = 0; i < scores.length; i++) {
      Arrays.fill(scores[i], Double.NEGATIVE_INFINITY);
      for (int token = 0; token < DemoSet.tokens(generations.get(i)); token++) {
        double[] one = influences.of(text++);
        for (int document = 0; document < one.length; document++) {
          scores[i][document] = Math.max(scores[i][document], one[document]);
        }
      }
    }
    return scores;
  }

  private static void add(Laboratory lab, DemoSet set, VectorMethod method, BackdoorTables tables)
      throws IOException {
    GramMatrix gram = lab.gram(set, method);
    Ranker ranker = new Ranker(set, method, gram, ALL);
    tables.addAreas(
        tables.first, method.name(), ranker.scores(Kind.FIRST_WORDS, Correction.NONE), set);
    List<double[][]> corrected = corrected(ranker);
    tables.addAreas(tables.whole, method.name(), corrected.getFirst(), set);
    tables.addCorrected(tables.corrected, method.name(), corrected, set);
    if (SHOWN.contains(method.name())) {
      for (Correction correction : Correction.values()) {
        String row = method.name() + ": " + correction.title();
        tables.addAreas(tables.atDepths, row, corrected.get(correction.ordinal()), set);
      }
    }
    if (method.parts() > 1) {
      Ranker early = new Ranker(set, method, gram, FIRST);
      tables.addCorrected(tables.firstCheckpoint, method.name(), corrected(early), set);
      addCheckpoints(set, method, gram, tables);
    }
  }

  /** Returns the scores for whole generations with each correction. */
  private static List<double[][]> corrected(Ranker ranker) {
    List<double[][]> all = new ArrayList<>();
    for (Correction correction : Correction.values()) {
      all.add(ranker.scores(Kind.WHOLE, correction));
    }
    return all;
  }

  /** Adds each checkpoint alone. */
  private static void addCheckpoints(
      DemoSet set, VectorMethod method, GramMatrix gram, BackdoorTables tables) {
    for (int checkpoint = 0; checkpoint < method.parts(); checkpoint++) {
      double[] weights = new double[method.parts()];
      weights[checkpoint] = 1;
      Ranker alone = new Ranker(set, method, gram, weights);
      String row =
          "%s, epoch %s alone".formatted(method.name(), DemoAttributor.EPOCHS.get(checkpoint));
      List<double[][]> both =
          List.of(
              alone.scores(Kind.FIRST_WORDS, Correction.NONE),
              alone.scores(Kind.WHOLE, Correction.NONE));
      tables.addCorrected(tables.checkpoints, row, both, set);
    }
  }

  private static void addBaselines(DemoSet set, BackdoorTables tables) throws IOException {
    int documents = set.documents().size();
    Random random = new Random(set.text().seed());
    try (Bm25Ranking bm25 = Bm25Ranking.of(set)) {
      List<double[]> words = new ArrayList<>();
      List<double[]> texts = new ArrayList<>();
      List<double[]> instructions = new ArrayList<>();
      List<double[]> draws = new ArrayList<>();
      for (Generation generation : set.triggered()) {
        words.add(bm25.scores(generation.firstWords()));
        texts.add(bm25.scores(generation.instruction() + " " + generation.completion()));
        instructions.add(bm25.scores(generation.instruction()));
        draws.add(random.doubles(documents).toArray());
      }
      add(tables, tables.first, "BM25", words, set);
      add(tables, tables.first, "random", draws, set);
      add(tables, tables.whole, "BM25", texts, set);
      add(tables, tables.whole, "BM25, the instruction alone", instructions, set);
      add(tables, tables.whole, "random", draws, set);
    }
  }

  private static void add(
      BackdoorTables tables, MarkdownTable table, String row, List<double[]> scores, DemoSet set) {
    tables.addAreas(table, row, scores.toArray(double[][]::new), set);
  }
}
