package org.rapidin.demo;

import java.util.List;
import java.util.Map;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.demo.world.DemoDocument;
import org.rapidin.demo.world.WordTokenizer;

/** The demo's attributor, equal to the one in config/, and the template that was trained on. */
public final class DemoAttributor {
  /** The name of the model directory. */
  public static final String MODEL = "demo";

  /** The adapter is saved after these epochs. */
  public static final List<Integer> EPOCHS = List.of(1, 3, 10);

  /** The template of training. */
  public static final TextTemplate TEMPLATE =
      new TextTemplate("User: {{instruction}}\nModel: ", "{{output}}" + WordTokenizer.END);

  /** The longest sequence in tokens; all texts of the demo are shorter. */
  public static final int MAX_TOKENS = 128;

  /** The number of characters that are read of a text. */
  public static final TextLimit LIMIT = new TextLimit(MAX_TOKENS);

  private static final int DIMENSION = 1 << 16;
  private static final long SEED = 42;

  private DemoAttributor() {}

  /** Returns the name of the adapter saved after an epoch. */
  public static String adapter(int epoch) {
    return "checkpoint-" + epoch;
  }

  /** All checkpoints with weight 1, layer normalisation, K = 65,536. */
  public static AttributorSpec spec() {
    return new AttributorSpec(
        MODEL,
        EPOCHS.stream().map(epoch -> new Checkpoint(adapter(epoch), 1)).toList(),
        List.of("adapter"),
        TEMPLATE,
        SpecialTokens.AUTO,
        MAX_TOKENS,
        Normalization.LAYER,
        new RapidGrad(DIMENSION, SEED),
        Similarity.DOT_PRODUCT,
        0);
  }

  /** Renders a document as prompt and completion. */
  public static Sample sample(DemoDocument document) {
    Map<String, String> fields =
        Map.of("instruction", document.instruction(), "output", document.output());
    return TEMPLATE.render(LIMIT, fields::get);
  }
}
