package org.rapidin.attribution.check;

import java.util.List;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/** What the checks need from a loaded attributor. */
public interface CheckedModel {

  /** Names of the tokenizer's special tokens. */
  List<String> specialTokens();

  /** The gradients that are compressed, of all checkpoints. */
  GradientLayout gradients();

  /** Number of tokens in the vocabulary. */
  int vocabularySize();

  /**
   * Tokenizes a sample as for a document.
   *
   * @throws IllegalArgumentException if no token of the completion can carry loss
   */
  TokenizedText encode(Sample sample);

  /** Mean losses of a sample's completion, in nats per token, one per checkpoint. */
  List<Double> losses(Sample sample);

  /** Vectors of documents, computed in one batch where they fit. */
  List<GradientResult> documents(List<Sample> samples);

  /**
   * How far a derivative of the loss is from its finite difference, along the gradient of the
   * adapter, or of a small random one where there is none.
   *
   * @return |difference - derivative| / derivative; NaN if the gradient is zero or not finite
   */
  double derivativeError(WeightedSequence sequence);
}
