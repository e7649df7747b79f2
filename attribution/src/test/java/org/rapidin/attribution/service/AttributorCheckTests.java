package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.check.AttributorCheck;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.attribution.check.CheckedModel;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compressor.SketchCompressor;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.attribution.sketch.StreamingSketch;

class AttributorCheckTests extends AttributorTestCase {
  private static Finding finding(CheckReport report, String check) {
    return report.findings().stream()
        .filter(finding -> finding.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static CheckReport pretrained(Map<String, Object> template) throws Exception {
    AttributorSpec spec =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                "stories260K",
                "template",
                template,
                "compression",
                Map.of("dimension", 4096)));
    Path models = ReferenceData.path("stories260K/config.json").getParent().getParent();
    ModelDirectory directory = ModelDirectory.open(models, spec.model());
    try (Attributor attributor = Attributor.open(spec, "print", directory, TestRuntime.get())) {
      return attributor.check();
    }
  }

  @Test
  void aPretrainedModelPassesAll() throws Exception {
    CheckReport report = pretrained(Map.of("prompt", "{{ask}}", "completion", "{{say}}</s>"));
    assertEquals(Status.PASSED, report.status(), report.toString());
    assertEquals("", report.failures());
    assertEquals(
        List.of(
            "special_tokens",
            "compression",
            "first_token",
            "probe_loss",
            "batch_invariance",
            "gradient"),
        report.findings().stream().map(Finding::check).toList());
    assertEquals(
        "the template spells the special tokens [</s>]",
        finding(report, "special_tokens").message());
    assertEquals(
        "the tokenizer adds token 1 before every text that does not begin with it",
        finding(report, "first_token").message());
    assertTrue(
        finding(report, "compression")
            .message()
            .startsWith("vectors of 4096 numbers stand for gradients of "),
        report.toString());
  }

  @Test
  void whatTheMethodMakesOfTheGradientIsTold() throws Exception {
    try (Attributor larger = open(spec());
        Attributor exact = open(spec().with(new Identity(0)))) {
      assertEquals(
          "vectors of 1024 numbers stand for gradients of 224: between unrelated texts, influence"
              + " has a standard error of 3.1e-02 of the product of the gradients' norms; method"
              + " [identity] would store the gradient itself in fewer numbers",
          finding(larger.check(), "compression").message());
      assertEquals(
          "vectors are the 224 numbers of the gradient: influence is exact but for the rounding of"
              + " stored vectors",
          finding(exact.check(), "compression").message());
    }
  }

  @Test
  void aTemplateOfAnotherModelIsNoticed() throws Exception {
    CheckReport report =
        pretrained(
            Map.of(
                "prompt",
                "<|im_start|>user\n{{ask}}<|im_end|>\n<|im_start|>assistant\n",
                "completion",
                "{{say}}<|im_end|>"));
    assertEquals(Status.WARNING, report.status());
    String message = finding(report, "special_tokens").message();
    assertTrue(
        message.startsWith("the template spells [<|im_start|>, <|im_end|>], which this model's"),
        message);
    assertTrue(message.endsWith("it knows [<unk>, <s>, </s>]"), message);
  }

  /** A loaded model, one part of which is wrong. */
  private static class Delegate implements CheckedModel {
    private final CheckedModel model;

    Delegate(CheckedModel model) {
      this.model = model;
    }

    @Override
    public List<String> specialTokens() {
      return model.specialTokens();
    }

    @Override
    public GradientLayout gradients() {
      return model.gradients();
    }

    @Override
    public int vocabularySize() {
      return model.vocabularySize();
    }

    @Override
    public TokenizedText encode(Sample sample) {
      return model.encode(sample);
    }

    @Override
    public List<Double> losses(Sample sample) {
      return model.losses(sample);
    }

    @Override
    public List<GradientResult> documents(List<Sample> samples) {
      return model.documents(samples);
    }

    @Override
    public double derivativeError(WeightedSequence sequence) {
      return model.derivativeError(sequence);
    }
  }

  private CheckReport check(UnaryOperator<CheckedModel> change) throws IOException {
    AtomicReference<ModelInstance> instance = new AtomicReference<>();
    try (Attributor attributor =
        open(
            spec(),
            model -> {
              instance.set(model);
              return SketchCompressor.inMainMemory(
                  new StreamingSketch(spec().dimension(), 42), model.layout());
            })) {
      CheckedModel sound =
          new InspectedModel(instance.get(), 64, attributor::documents, () -> false);
      return new AttributorCheck(spec(), change.apply(sound)).run();
    }
  }

  @Test
  void vectorsThatDependOnTheBatchAreReported() throws Exception {
    assertEquals(Status.PASSED, finding(check(sound -> sound), "batch_invariance").status());
    CheckReport report =
        check(
            sound ->
                new Delegate(sound) {
                  @Override
                  public List<GradientResult> documents(List<Sample> samples) {
                    return super.documents(samples).reversed();
                  }
                });
    assertEquals(Status.FAILED, finding(report, "batch_invariance").status(), report.toString());
    assertTrue(
        report.failures().contains("alone and in a batch with a longer one differ by"),
        report.failures());
  }

  @Test
  void aFirstTokenThatATextGetsTwiceIsReported() throws Exception {
    assertEquals(Status.PASSED, finding(check(sound -> sound), "first_token").status());
    CheckReport report =
        check(
            sound ->
                new Delegate(sound) {
                  @Override
                  public TokenizedText encode(Sample sample) {
                    TokenizedText text = super.encode(sample);
                    text.ids()[1] = text.ids()[0];
                    return text;
                  }
                });
    assertEquals(Status.FAILED, finding(report, "first_token").status(), report.toString());
    assertTrue(
        report.failures().contains("adds token 0 and the text begins with it, too"),
        report.failures());
  }

  /** Random weights predict no text, but their gradients are right. */
  @Test
  void aModelThatLearnedNothingIsAWarning() throws Exception {
    try (Attributor attributor = open(twoCheckpoints())) {
      CheckReport report = attributor.check();
      assertEquals(Status.WARNING, finding(report, "probe_loss").status(), report.toString());
      assertEquals(Status.PASSED, finding(report, "gradient").status(), report.toString());
      assertEquals(Status.PASSED, finding(report, "batch_invariance").status());
    }
  }

  /** A and B of this adapter are zero, and so are their gradients. */
  @Test
  void aGradientOfZeroIsReported() throws Exception {
    try (Attributor attributor = open(spec("adapter", "dead"))) {
      CheckReport report = attributor.check();
      assertEquals(Status.FAILED, report.status(), report.toString());
      assertTrue(report.failures().contains("the gradient is zero"), report.failures());
    }
  }
}
