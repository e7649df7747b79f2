package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.scorer.ElementType;

/** How far inner products of compressed gradients are from those of the gradients themselves. */
final class Fidelity implements EvaluationProtocol {
  private static final List<String> COLUMNS =
      List.of("rms error, ‖u‖‖v‖ = 1", "error / theory", "Spearman per query");
  private static final int DOCUMENTS = 300;

  /** The sketch of the head that stands for its uncompressed gradient, which no method gives. */
  private static final int LARGEST = 1 << 18;

  @Override
  public String name() {
    return "fidelity";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    DemoSet set = sets.getFirst().begin(DOCUMENTS, lab.size().generations()).only(Kind.WHOLE);
    VectorMethod exact = Methods.exact().with(ElementType.FLOAT32);
    VectorMethod head = Methods.lmHead(LARGEST, Methods.SEED).with(ElementType.FLOAT32);
    List<Laboratory.Wanted> wanted = new ArrayList<>();
    wanted.add(new Laboratory.Wanted(set, exact));
    wanted.add(new Laboratory.Wanted(set, head));
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      for (AttributorMethod method : sketches(Methods.SEED + 1 + repeat)) {
        wanted.add(new Laboratory.Wanted(set, method));
      }
    }
    for (ElementType type : ElementType.values()) {
      wanted.add(new Laboratory.Wanted(set, Methods.rapidGrad(1 << 16, Methods.SEED).with(type)));
    }
    lab.prepare(wanted);
    MarkdownTable table = new MarkdownTable(COLUMNS);
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      for (AttributorMethod method : sketches(Methods.SEED + 1 + repeat)) {
        boolean ofHead = method.name().startsWith("lm_head");
        double variance = 1.0 / method.spec().dimension() + (ofHead ? 1.0 / LARGEST : 0);
        table.add(
            method.name(),
            compare(set, lab.gram(set, ofHead ? head : exact), lab.gram(set, method), variance));
      }
    }
    return """
        %s documents × %s whole generations, gradients of the demo's adapters at three checkpoints, compressions with %s seeds. Theory: √((‖u‖²‖v‖² + ⟨u, v⟩²)/K). `lm_head` is compared with its sketch to 2^18 numbers, whose error is part of the theory.

        %s
        Methods that project both sides of the linear layers' gradients (last checkpoint, before unit norm; theory: the variance of two Gaussian projections, see `TwoSidedError`):

        %s
        Rows of `rapidgrad` 2^16 with one seed; Spearman against the uncompressed gradient, the error against rows of float32:

        %s"""
        .formatted(
            set.documents().size(),
            set.questions().size(),
            lab.size().repeats(),
            table.text(),
            new TwoSidedFidelity(lab, set).text(),
            rows(lab, set, exact).text());
  }

  private static List<AttributorMethod> sketches(long seed) {
    return List.of(
        Methods.rapidGrad(1 << 12, seed).with(ElementType.FLOAT32),
        Methods.rapidGrad(1 << 14, seed).with(ElementType.FLOAT32),
        Methods.rapidGrad(1 << 16, seed).with(ElementType.FLOAT32),
        Methods.lmHead(1 << 12, seed).with(ElementType.FLOAT32),
        Methods.lmHead(1 << 14, seed).with(ElementType.FLOAT32));
  }

  /**
   * Compares products of documents with questions.
   *
   * @param variance of an estimate, next to ‖u‖²‖v‖² + ⟨u, v⟩²
   */
  private static double[] compare(
      DemoSet set, GramMatrix exact, GramMatrix sketched, double variance) {
    double[][] right = exact.whole();
    double[][] estimated = sketched.whole();
    int documents = set.documents().size();
    double squares = 0;
    double relative = 0;
    double expected = 0;
    double spearman = 0;
    for (int text = documents; text < right.length; text++) {
      for (int document = 0; document < documents; document++) {
        double norms = right[text][text] * right[document][document];
        double product = right[text][document];
        double error = estimated[text][document] - product;
        squares += error * error;
        relative += error * error / norms;
        expected += variance * (norms + product * product);
      }
      spearman += spearman(right[text], estimated[text], documents);
    }
    int questions = right.length - documents;
    return new double[] {
      Math.sqrt(relative / questions / documents),
      Math.sqrt(squares / expected),
      spearman / questions
    };
  }

  private static double spearman(double[] right, double[] estimated, int documents) {
    return Rankings.spearman(Arrays.copyOf(right, documents), Arrays.copyOf(estimated, documents));
  }

  private static MarkdownTable rows(Laboratory lab, DemoSet set, VectorMethod exact)
      throws IOException {
    AttributorMethod method = Methods.rapidGrad(1 << 16, Methods.SEED);
    double[][] right = lab.gram(set, exact).whole();
    double[][] single = lab.gram(set, method.with(ElementType.FLOAT32)).whole();
    int documents = set.documents().size();
    MarkdownTable table =
        new MarkdownTable(List.of("Spearman", "less than float32", "largest error, ‖u‖‖v‖ = 1"));
    for (ElementType type : List.of(ElementType.FLOAT32, ElementType.FLOAT16, ElementType.INT8)) {
      double[][] stored = lab.gram(set, method.with(type)).whole();
      double spearman = 0;
      double ofSingle = 0;
      double largest = 0;
      for (int text = documents; text < right.length; text++) {
        spearman += spearman(right[text], stored[text], documents);
        ofSingle += spearman(right[text], single[text], documents);
        for (int document = 0; document < documents; document++) {
          double norms = Math.sqrt(single[text][text] * single[document][document]);
          double error = Math.abs(stored[text][document] - single[text][document]) / norms;
          largest = Math.max(largest, error);
        }
      }
      int questions = right.length - documents;
      table.add(
          type.name().toLowerCase(Locale.ROOT),
          spearman / questions,
          (ofSingle - spearman) / questions,
          largest);
    }
    return table;
  }
}
