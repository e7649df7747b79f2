package org.rapidin.attribution.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/** Runs the checks of one attributor. Takes seconds; belongs to one thread. */
public final class AttributorCheck {
  /**
   * A first token and two others. If all tokens are equal, queries and keys have no gradient but
   * rounding errors, which layer normalization scales to unit norm.
   */
  private static final int MIN_DISTINCT_TOKENS = 3;

  private static final String PROBE = "The silver lantern hung by the gate, and the children";
  private static final String PROBE_END = " walked home before it was dark.";
  private static final String LONGER =
      " On the way they met a tall man with a wide hat, who asked them for the time of day.";

  /** Below this share of the loss of guessing, a model has learned something of the text. */
  private static final double LEARNED = 0.9;

  /** float32 sums in another order differ by about 1e-6; a wrong mask by 1e-1. */
  private static final double BATCH_TOLERANCE = 1e-3;

  /** Third derivatives and rounding leave about 1e-3; a wrong gradient 1e-1 or more. */
  private static final double DERIVATIVE_TOLERANCE = 5e-2;

  private final AttributorSpec spec;
  private final CheckedModel model;

  /** Checks of an attributor that is loaded. */
  public AttributorCheck(AttributorSpec spec, CheckedModel model) {
    this.spec = spec;
    this.model = model;
  }

  /** Runs all checks. */
  public CheckReport run() {
    Sample probe = rendered(PROBE, PROBE_END);
    List<Finding> findings = new ArrayList<>();
    findings.addAll(new TemplateCheck(spec.template(), model.specialTokens()).findings());
    findings.add(new CompressionCheck(spec.compression(), model.gradients()).finding());
    findings.add(guarded("first_token", () -> firstToken(probe)));
    findings.add(guarded("probe_loss", this::probeLoss));
    findings.add(guarded("batch_invariance", () -> batchInvariance(probe)));
    findings.add(guarded("gradient", this::derivative));
    return new CheckReport(findings);
  }

  /** A document whose prompt's fields hold one text and whose completion's fields the other. */
  private Sample rendered(String prompt, String completion) {
    return spec.template()
        .render(
            new TextLimit(spec.maxTokens()),
            field -> spec.template().completionFields().contains(field) ? completion : prompt);
  }

  private static Finding guarded(String check, Supplier<Finding> run) {
    try {
      return run.get();
    } catch (IllegalArgumentException e) {
      return new Finding(
          check, Status.WARNING, "could not run on the probe text: " + e.getMessage());
    }
  }

  private Finding firstToken(Sample probe) {
    TokenizedText text = model.encode(probe);
    boolean added = text.ends()[0] == 0;
    long first = text.ids()[0];
    boolean twice = text.ids().length > 1 && text.ids()[1] == first && text.ends()[1] > 0;
    if (added && twice) {
      return new Finding(
          "first_token",
          Status.FAILED,
          "the tokenizer adds token %s and the text begins with it, too".formatted(first));
    }
    String message =
        added
            ? "the tokenizer adds token %s before every text that does not begin with it"
            : "the tokenizer adds no first token; texts begin with token %s here";
    return new Finding("first_token", Status.PASSED, message.formatted(first));
  }

  private Finding probeLoss() {
    double guess = Math.log(model.vocabularySize());
    List<Double> losses = model.losses(new Sample(PROBE, PROBE_END));
    double worst = losses.stream().mapToDouble(loss -> loss).max().orElseThrow();
    String measured =
        format(
            "a plain English sentence has a loss of %s nats a token, guessing among %s tokens %.2f",
            losses.stream().map(loss -> format("%.2f", loss)).toList(),
            model.vocabularySize(),
            guess);
    if (!Double.isFinite(worst)) {
      return new Finding("probe_loss", Status.FAILED, measured + ": the weights are unusable");
    }
    return worst < LEARNED * guess
        ? new Finding("probe_loss", Status.PASSED, measured)
        : new Finding(
            "probe_loss",
            Status.WARNING,
            "%s: the model predicts it hardly better than chance; unless it was trained on something else only, tokenizer.json or the adapter may belong to another model"
                .formatted(measured));
  }

  private Finding batchInvariance(Sample probe) {
    if (Arrays.stream(model.encode(probe).ids()).distinct().count() < MIN_DISTINCT_TOKENS) {
      return new Finding(
          "batch_invariance",
          Status.WARNING,
          "the tokenizer reads the probe text as one repeated token, so batches were not compared: does tokenizer.json belong to the model?");
    }
    GradientResult alone = model.documents(List.of(probe)).getFirst();
    GradientResult padded =
        model.documents(List.of(probe, rendered(PROBE, PROBE_END + LONGER))).getFirst();
    if (alone instanceof GradientResult.Vector one && padded instanceof GradientResult.Vector two) {
      double difference = difference(one.vector().values(), two.vector().values());
      return new Finding(
          "batch_invariance",
          difference < BATCH_TOLERANCE ? Status.PASSED : Status.FAILED,
          format(
              "a document's vector alone and in a batch with a longer one differ by %.1e of its norm",
              difference));
    }
    GradientResult fault = alone instanceof GradientResult.Failure ? alone : padded;
    return new Finding(
        "batch_invariance",
        Status.WARNING,
        "the probe text has no vector: " + ((GradientResult.Failure) fault).reason());
  }

  private static double difference(float[] one, float[] two) {
    double squares = 0;
    double norm = 0;
    for (int i = 0; i < one.length; i++) {
      squares += Math.pow((double) one[i] - two[i], 2);
      norm += Math.pow(one[i], 2);
    }
    return Math.sqrt(squares / norm);
  }

  private Finding derivative() {
    TokenizedText text = model.encode(new Sample(PROBE, PROBE_END));
    float[] weights = new float[text.ids().length];
    Arrays.fill(weights, 1, weights.length, 1f / (weights.length - 1));
    double error = model.derivativeError(new WeightedSequence(text.ids(), weights));
    if (Double.isNaN(error)) {
      return new Finding("gradient", Status.FAILED, "the gradient is zero or not finite");
    }
    return new Finding(
        "gradient",
        error < DERIVATIVE_TOLERANCE ? Status.PASSED : Status.FAILED,
        format(
            "along its own direction the gradient and a finite difference differ by %.1e", error));
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
