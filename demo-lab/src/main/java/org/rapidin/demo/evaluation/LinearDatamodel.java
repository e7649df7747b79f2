package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.demo.world.DemoDocument;
import org.rapidin.scorer.ElementType;

/**
 * The linear datamodeling score: a tiny model is trained on random halves of its documents; the
 * score is the rank correlation, over the halves, of a question's loss after the training with
 * minus the sum of the half's influences.
 *
 * @see <a href="https://arxiv.org/abs/2303.14186">TRAK, section 2.2</a>
 */
final class LinearDatamodel implements EvaluationProtocol {
  private static final int QUESTIONS = 20;
  private static final List<String> COLUMNS =
      List.of("as it is", "per document's norm", "Fisher", "Fisher, unit norm");

  /**
   * How much is trained.
   *
   * @param documents of a training on all
   * @param halves trainings on half of them
   * @param baseSteps steps of the base model's training
   */
  private record Plan(int documents, int halves, int baseSteps) {}

  private static final Plan FULL = new Plan(160, 100, 300);
  private static final Plan QUICK = new Plan(24, 4, 10);

  @Override
  public String name() {
    return "lds";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    Plan plan = lab.size().equals(Laboratory.Size.QUICK) ? QUICK : FULL;
    MarkdownTable table = new MarkdownTable(COLUMNS);
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      measure(lab, new DemoText(sets.getFirst().text().seed() + repeat), plan, table);
    }
    return """
        A base model of some 60,000 parameters, fine-tuned on %s random halves of %s documents, all of a half in every batch; %s other documents as questions; base models, documents and halves with %s seeds. Gradients of all parameters (`logra`, `trackstar`: of the linear layers) at the model that was fine-tuned on all documents. Spearman over the halves, mean over the questions.

        %s"""
        .formatted(plan.halves(), plan.documents(), QUESTIONS, lab.size().repeats(), table.text());
  }

  private static void measure(Laboratory lab, DemoText text, Plan plan, MarkdownTable table)
      throws IOException, InterruptedException, ExecutionException {
    List<DemoDocument> all = text.documents();
    List<DemoDocument> documents = all.subList(0, plan.documents());
    List<int[]> drawn = halves(text.seed(22), plan);
    List<Question> questions =
        all.subList(plan.documents(), plan.documents() + QUESTIONS).stream()
            .map(
                document ->
                    new Question(
                        Kind.WHOLE, DemoAttributor.sample(document), new TokenSelection.All()))
            .toList();
    DemoFiles files = new DemoFiles(lab.folder().resolve("lds-" + text.seed()));
    List<Sample> samples = documents.stream().map(DemoAttributor::sample).toList();
    double[][] losses;
    try (HalfTrainings trainings =
        new HalfTrainings(lab.runtime(), text, samples, files, plan.baseSteps())) {
      losses = trainings.losses(drawn, questions.stream().map(Question::sample).toList());
    }
    DemoSet set = new DemoSet(text, files, documents, List.of(), questions);
    for (AttributorMethod method : methods()) {
      Influences influences = lab.influences(set, method);
      Preconditioned fisher = influences.preconditioned(Ranker.DAMPING);
      double[] sums = new double[COLUMNS.size()];
      for (int question = 0; question < QUESTIONS; question++) {
        double[] plain = influences.of(plan.documents() + question);
        double[] preconditioned = fisher.of(plain);
        List<double[]> scores =
            List.of(
                plain, influences.perNorm(plain), preconditioned, fisher.perNorm(preconditioned));
        for (int i = 0; i < sums.length; i++) {
          sums[i] += agreement(scores.get(i), drawn, losses, question) / QUESTIONS;
        }
      }
      table.add(method.name(), sums);
    }
  }

  private static List<int[]> halves(long seed, Plan plan) {
    Random random = new Random(seed);
    List<Integer> order = new ArrayList<>(IntStream.range(0, plan.documents()).boxed().toList());
    List<int[]> halves = new ArrayList<>();
    for (int i = 0; i < plan.halves(); i++) {
      Collections.shuffle(order, random);
      halves.add(order.stream().limit(plan.documents() / 2).mapToInt(Integer::intValue).toArray());
    }
    return halves;
  }

  private static double agreement(
      double[] scores, List<int[]> halves, double[][] losses, int question) {
    double[] predicted = new double[halves.size()];
    double[] measured = new double[halves.size()];
    for (int i = 0; i < predicted.length; i++) {
      for (int document : halves.get(i)) {
        predicted[i] += scores[document];
      }
      measured[i] = -losses[i][question];
    }
    return Rankings.spearman(predicted, measured);
  }

  private static List<AttributorMethod> methods() {
    return List.of(
        method("gradient", "*", Normalization.NONE, new Identity(0)),
        method("gradient, layers normalized", "*", Normalization.LAYER, new Identity(0)),
        method("rapidgrad 2^12", "*", Normalization.LAYER, new RapidGrad(1 << 12, Methods.SEED)),
        method(
            "logra, rank 16",
            "linear",
            Normalization.NONE,
            new Logra(16, Modules.ALL, Methods.SEED, 0)),
        method(
            "trackstar 2^12",
            "linear",
            Normalization.NONE,
            Methods.trackStar(1 << 12, false, true, Methods.SEED)),
        method("lm_head 2^12", "*", Normalization.LAYER, new LmHead(1 << 12, Methods.SEED)));
  }

  private static AttributorMethod method(
      String name, String parameters, Normalization normalization, Compression compression) {
    AttributorSpec spec =
        new AttributorSpec(
            DemoAttributor.MODEL,
            List.of(),
            List.of(parameters),
            DemoAttributor.TEMPLATE,
            SpecialTokens.AUTO,
            DemoAttributor.MAX_TOKENS,
            normalization,
            compression,
            Similarity.DOT_PRODUCT,
            1);
    return new AttributorMethod(name, spec, false, ElementType.FLOAT32);
  }
}
