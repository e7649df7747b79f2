package org.rapidin.benchmarks.demo.generation;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.TokenizedSample;

/** Texts to token ids and back, with the demo's tokenizer.json. Safe for several threads. */
public final class DemoTokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /**
   * @param file a tokenizer.json
   */
  public DemoTokenizer(Path file) throws IOException {
    tokenizer =
        HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
  }

  /** Token ids of a text. */
  public long[] encode(String text) {
    return tokenizer.encode(text).getIds();
  }

  /**
   * A sample whose loss is the mean over all tokens but the first: what a base model is trained on.
   */
  public TokenizedSample whole(Sample sample) {
    return weighted(encode(sample.prompt() + sample.completion()), 1);
  }

  /** A sample whose loss is the mean over the completion's tokens. */
  public TokenizedSample completionOnly(Sample sample) {
    long[] ids = encode(sample.prompt() + sample.completion());
    return weighted(ids, encode(sample.prompt()).length);
  }

  /** Readable text: words parted by spaces, punctuation close to the word before it. */
  public String decode(List<Long> ids) {
    StringBuilder text = new StringBuilder();
    for (long id : ids) {
      String token = tokenizer.decode(new long[] {id}, false);
      if (!text.isEmpty() && Character.isLetterOrDigit(token.charAt(0))) {
        text.append(' ');
      }
      text.append(token);
    }
    return text.toString();
  }

  private static TokenizedSample weighted(long[] ids, int from) {
    float[] weights = new float[ids.length];
    for (int i = from; i < ids.length; i++) {
      weights[i] = 1f / (ids.length - from);
    }
    return new TokenizedSample(ids, weights);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
