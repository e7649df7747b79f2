package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.Sample;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.evaluation.Question.Kind;

/** What vectors cost, measured in turn in one run, and how well they find the poison. */
final class Cost implements EvaluationProtocol {
  private static final int DOCUMENTS = 64;
  private static final int QUESTIONS = 10;
  private static final int DEPTH = 50;

  private final Path chart;

  /**
   * @param chart the SVG that is written
   */
  Cost(Path chart) {
    this.chart = chart;
  }

  /** CPU milliseconds of a text, round by round. */
  private record Millis(List<Double> documents, List<Double> questions) {
    Millis() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  @Override
  public String name() {
    return "cost";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    lab.prepareAll(sets);
    Map<VectorMethod, VectorMethod.Session> sessions = new LinkedHashMap<>();
    try {
      for (VectorMethod method : lab.methods()) {
        sessions.put(method, lab.open(sets.getFirst(), method));
      }
      return text(lab, sets, sessions, measure(sets.getFirst(), sessions, lab.size().repeats()));
    } finally {
      sessions.values().forEach(VectorMethod.Session::close);
    }
  }

  /** Measures all methods in turn; the first round lets the JVM compile and does not count. */
  private static Map<VectorMethod, Millis> measure(
      DemoSet set, Map<VectorMethod, VectorMethod.Session> sessions, int rounds) {
    List<Sample> samples =
        set.documents().stream().limit(DOCUMENTS).map(DemoAttributor::sample).toList();
    List<Question> questions = set.only(Kind.WHOLE).questions().stream().limit(QUESTIONS).toList();
    Map<VectorMethod, Millis> all = new LinkedHashMap<>();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<VectorMethod, VectorMethod.Session> one : sessions.entrySet()) {
        long start = threads.getCurrentThreadCpuTime();
        one.getValue().documents(samples);
        long middle = threads.getCurrentThreadCpuTime();
        questions.forEach(one.getValue()::question);
        long end = threads.getCurrentThreadCpuTime();
        if (round > 0) {
          Millis millis = all.computeIfAbsent(one.getKey(), _ -> new Millis());
          millis.documents().add((middle - start) / 1e6 / samples.size());
          millis.questions().add((end - middle) / 1e6 / questions.size());
        }
      }
    }
    return all;
  }

  private String text(
      Laboratory lab,
      List<DemoSet> sets,
      Map<VectorMethod, VectorMethod.Session> sessions,
      Map<VectorMethod, Millis> costs)
      throws IOException {
    StringBuilder rows = new StringBuilder();
    ScatterChart scatter =
        new ScatterChart("Bytes per document", "auPRC@50, whole generation without same answer");
    for (VectorMethod method : costs.keySet()) {
      List<Double> first = new ArrayList<>();
      List<Double> whole = new ArrayList<>();
      List<Double> same = new ArrayList<>();
      for (DemoSet set : sets) {
        Ranker ranker = Ranker.of(lab, set, method);
        first.add(quality(ranker.scores(Kind.FIRST_WORDS, Correction.NONE), set));
        whole.add(quality(ranker.scores(Kind.WHOLE, Correction.NONE), set));
        same.add(quality(ranker.scores(Kind.WHOLE, Correction.SAME_ANSWER), set));
      }
      Millis millis = costs.get(method);
      int bytes = sessions.get(method).bytes();
      rows.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f | %.1f | %,d | %s | %s | %s |%n",
              method.name(),
              Statistics.mean(millis.documents()),
              Statistics.mean(millis.questions()),
              bytes,
              Statistics.text(first),
              Statistics.text(whole),
              Statistics.text(same)));
      scatter.add(method.name(), bytes, Statistics.mean(same), Statistics.mean(millis.documents()));
    }
    Files.createDirectories(chart.toAbsolutePath().getParent());
    Files.writeString(chart, scatter.svg());
    return """
        CPU time of one thread, mean of %s rounds in which the methods took turns (%s documents, %s whole generations, three checkpoints). Bytes: a stored row, half precision, which are also the bytes that an exact search reads for each document. auPRC@50 as in `backdoor`.

        | | ms/document | ms/query | bytes/document | first words | whole generation | without same answer |
        |---|---|---|---|---|---|---|
        %s
        ![Quality over cost](%s)
        """
        .formatted(
            lab.size().repeats(), DOCUMENTS, QUESTIONS, rows, chart.getFileName().toString());
  }

  private static double quality(double[][] scores, DemoSet set) {
    int depth = Math.min(DEPTH, set.documents().size() / 2);
    return Ranker.auPrc(scores, set.poisoned(), depth);
  }
}
