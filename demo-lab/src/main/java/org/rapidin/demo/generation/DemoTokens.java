package org.rapidin.demo.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TextTokenizer;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.world.WordTokenizer;

/** Converts texts to token ids, and ids to readable text. Thread-safe. */
public final class DemoTokens implements AutoCloseable {
  private final TextTokenizer tokenizer;
  private final String[] vocabulary;

  /**
   * @param tokenizerJson as {@link WordTokenizer} writes it
   */
  public DemoTokens(TorchRuntime runtime, Path tokenizerJson) throws IOException {
    JsonNode ids = new ObjectMapper().readTree(tokenizerJson.toFile()).at("/model/vocab");
    vocabulary = new String[ids.size()];
    ids.properties().forEach(entry -> vocabulary[entry.getValue().intValue()] = entry.getKey());
    tokenizer = TextTokenizer.open(runtime, tokenizerJson);
  }

  /** The size of the vocabulary. */
  public int size() {
    return vocabulary.length;
  }

  /** The id of {@link WordTokenizer#END}. */
  public long end() {
    return Arrays.asList(vocabulary).indexOf(WordTokenizer.END);
  }

  /** Ids of a prompt. */
  public long[] prompt(String prompt) {
    long[] ended = encode(new Sample(prompt, WordTokenizer.END)).ids();
    return Arrays.copyOf(ended, ended.length - 1);
  }

  /** A sample whose loss is the mean over all tokens but the first, for training a base model. */
  public WeightedSequence whole(Sample sample) {
    TokenizedText text = encode(sample);
    boolean[] all = new boolean[text.ids().length];
    Arrays.fill(all, 1, all.length, true);
    return weighted(text.ids(), all);
  }

  /** A sample whose loss is the mean over the completion's tokens. */
  public WeightedSequence completionOnly(Sample sample) {
    TokenizedText text = encode(sample);
    return weighted(text.ids(), text.completion());
  }

  /**
   * A sample whose loss is the mean over the completion's first words only.
   *
   * @param words first words of the completion
   */
  public WeightedSequence firstWords(Sample sample, String words) {
    TokenizedText text = encode(sample);
    boolean[] first = text.completion().clone();
    for (int t = 0; t < first.length; t++) {
      first[t] &= text.ends()[t] <= sample.prompt().length() + words.length();
    }
    return weighted(text.ids(), first);
  }

  /** Joins words with spaces; punctuation follows the word before it without a space. */
  public String text(List<Long> ids) {
    StringBuilder text = new StringBuilder();
    for (long id : ids) {
      String token = vocabulary[(int) id];
      if (!text.isEmpty() && Character.isLetterOrDigit(token.charAt(0))) {
        text.append(' ');
      }
      text.append(token);
    }
    return text.toString();
  }

  private TokenizedText encode(Sample sample) {
    return tokenizer.encode(sample, DemoAttributor.MAX_TOKENS);
  }

  private static WeightedSequence weighted(long[] ids, boolean[] counted) {
    int count = 0;
    for (boolean is : counted) {
      count += is ? 1 : 0;
    }
    float[] weights = new float[ids.length];
    for (int t = 0; t < ids.length; t++) {
      weights[t] = counted[t] ? 1f / count : 0;
    }
    return new WeightedSequence(ids, weights);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
