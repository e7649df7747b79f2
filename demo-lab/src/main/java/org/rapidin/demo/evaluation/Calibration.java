package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.scorer.ElementType;

/** How often the influence of the gradients is in the interval that hits show. */
final class Calibration implements EvaluationProtocol {
  private static final List<String> COLUMNS =
      List.of(
          "pairs with an interval",
          "of the top 10",
          "in the 95 % interval, float16",
          "int8",
          "of the top 10, float16",
          "mean error / standard error of the top 10, float16",
          "rms error / standard error, float16",
          "int8",
          "neighbors separated, float16",
          "of these in the wrong order");
  private static final int DOCUMENTS = 300;
  private static final int EPOCH = DemoAttributor.EPOCHS.getLast();

  /** The sketch of the head that stands for its uncompressed gradient, which no method gives. */
  private static final int LARGEST = 1 << 18;

  /**
   * A method whose errors are measured.
   *
   * @param exact has the influence that it estimates
   */
  record Measured(String name, AttributorMethod method, AttributorMethod exact) {}

  @Override
  public String name() {
    return "calibration";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    DemoSet set = sets.getFirst().begin(DOCUMENTS, lab.size().generations()).only(Kind.WHOLE);
    List<Measured> all = new ArrayList<>();
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      all.addAll(measured(Methods.SEED + 1 + repeat));
    }
    lab.prepare(
        all.stream().map(one -> new Laboratory.Wanted(set, one.exact())).distinct().toList());
    MarkdownTable table = new MarkdownTable(COLUMNS);
    for (Measured one : all) {
      table.add(one.name(), measure(lab, set, one));
    }
    return """
        %s documents × %s whole generations with each of %s seeds. Of `rapidgrad` and `lm_head` vectors of three checkpoints, of the others of the last one; `trackstar` with unit norm, `logra` with inner products. `lm_head` is compared with its sketch to 2^18 numbers. Neighbors are documents that follow one another in the ranking of a generation.

        %s"""
        .formatted(
            set.documents().size(), set.questions().size(), lab.size().repeats(), table.text());
  }

  /** Returns the methods with a seed. */
  static List<Measured> measured(long seed) {
    AttributorMethod layers = Methods.exact().with(ElementType.FLOAT32);
    AttributorMethod linear = Methods.linear(new Identity(0), EPOCH);
    AttributorMethod head = Methods.lmHead(LARGEST, Methods.SEED).with(ElementType.FLOAT32);
    List<Measured> all = new ArrayList<>();
    for (int power : List.of(12, 16)) {
      AttributorMethod method = Methods.rapidGrad(1 << power, seed).with(ElementType.FLOAT32);
      all.add(new Measured(method.name(), method, layers));
    }
    all.add(
        new Measured(
            "logra, rank 16", Methods.linear(new Logra(16, Modules.ALL, seed, 0), EPOCH), linear));
    all.add(
        new Measured(
            "trackstar 2^14",
            Methods.linear(Methods.trackStar(1 << 14, false, true, seed), EPOCH),
            linear));
    AttributorMethod small = Methods.lmHead(1 << 12, seed).with(ElementType.FLOAT32);
    all.add(new Measured(small.name(), small, head));
    return all;
  }

  private static double[] measure(Laboratory lab, DemoSet set, Measured one) throws IOException {
    float[][] vectors = lab.vectors(set, one.method());
    Coverage half = coverage(lab, set, one, vectors, ElementType.FLOAT16);
    Coverage bytes = coverage(lab, set, one, vectors, ElementType.INT8);
    return new double[] {
      half.known(),
      half.firstKnown(),
      half.held(),
      bytes.held(),
      half.firstHeld(),
      half.firstError(),
      half.rootMeanSquare(),
      bytes.rootMeanSquare(),
      half.separated(),
      half.wrong()
    };
  }

  /**
   * Compares all pairs of a generation and a document.
   *
   * @param vectors of the method, float32
   * @param rows how documents are stored
   */
  static Coverage coverage(
      Laboratory lab, DemoSet set, Measured one, float[][] vectors, ElementType rows)
      throws IOException {
    int documents = set.documents().size();
    InfluenceError error = one.method().spec().error(layout(set, one.method()));
    double[][] exact = lab.gram(set, one.exact()).whole();
    Coverage coverage = new Coverage(exact, documents, error, vectors, rows);
    for (int text = documents; text < vectors.length; text++) {
      coverage.add(text);
    }
    return coverage;
  }

  private static GradientLayout layout(DemoSet set, AttributorMethod method) throws IOException {
    return ModelCheck.gradients(
        ModelDirectory.open(set.files().models(), DemoAttributor.MODEL), method.spec());
  }
}
