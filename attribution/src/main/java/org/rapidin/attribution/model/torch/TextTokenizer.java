package org.rapidin.attribution.model.torch;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.memory.ReservedMemory;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.TokenizerFile;

/**
 * A model's own tokenizer, for prompts with completions. Safe for several threads until {@link
 * #close}.
 */
public final class TextTokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final FieldTokenizer fieldTokenizer;
  private final TextPrefix prefix;
  private final String digest;

  private TextTokenizer(
      HuggingFaceTokenizer tokenizer,
      FieldTokenizer fieldTokenizer,
      TextPrefix prefix,
      String digest) {
    this.tokenizer = tokenizer;
    this.fieldTokenizer = fieldTokenizer;
    this.prefix = prefix;
    this.digest = digest;
  }

  /**
   * Opens a tokenizer.json.
   *
   * @throws IllegalArgumentException if it is malformed or too large
   */
  public static TextTokenizer open(TorchRuntime runtime, Path tokenizerJson) throws IOException {
    TokenizerFile file = TokenizerFile.read(tokenizerJson);
    return open(runtime, tokenizerJson, file, new TextPrefix(file.longestToken()));
  }

  static TextTokenizer open(
      TorchRuntime runtime, Path tokenizerJson, TokenizerFile file, TextPrefix prefix)
      throws IOException {
    byte[] json = Files.readAllBytes(tokenizerJson);
    String digest = FileDigests.ofBytes(json);
    return new TextTokenizer(
        runtime.newTokenizer(json),
        new FieldTokenizer(runtime, tokenizerJson, digest, file.specialTokens()),
        prefix,
        digest);
  }

  /** SHA-256 of the file that was opened. */
  String digest() {
    return digest;
  }

  /** Whether its file is still the one that was opened; reads the file. */
  boolean isCurrent() {
    return fieldTokenizer.isCurrent();
  }

  /** Names of the special tokens, in the file's order. */
  public List<String> specialTokens() {
    return fieldTokenizer.specialTokens();
  }

  /**
   * Tokenizes prompt and completion as one text, as the model sees them. A token that reaches over
   * the boundary counts as completion. The name of a special token is that token, except in {@link
   * Sample#fieldText}. Where the text begins (or ends) with the special token that the tokenizer
   * would add there, it adds none.
   *
   * <p>Time and memory grow with the number of tokens that are kept, not with the text: a long text
   * is cut where {@link TextPrefix} says, although a run of digits or white space goes on there.
   *
   * @param maxTokens tokens that are kept; the rest is cut off at the end
   * @throws IllegalArgumentException if no token of the completion can carry loss; says why
   */
  public TokenizedText encode(Sample sample, int maxTokens) {
    return encode(sample, maxTokens, TextMemory.UNLIMITED);
  }

  /**
   * Tokenizes prompt and completion; as {@link #encode(Sample, int)}.
   *
   * @param memory of each text that is given to the tokenizer
   */
  public TokenizedText encode(Sample sample, int maxTokens, TextMemory memory) {
    if (sample.completion().isEmpty()) {
      throw new IllegalArgumentException("the completion is empty: there is nothing to attribute");
    }
    TokenizedText tokens = encodeStart(sample, maxTokens, memory);
    requireLoss(tokens, sample.prompt(), maxTokens);
    return tokens;
  }

  private TokenizedText encodeStart(Sample sample, int maxTokens, TextMemory memory) {
    long characters = sample.characters();
    int length = prefix.first(maxTokens);
    while (length < characters) {
      String text = TextPrefix.of(sample.prompt(), sample.completion(), length);
      TokenizedText tokens = encode(text, sample, maxTokens, memory);
      if (tokens.truncated() && tokens.lastEnd() <= prefix.settled(text)) {
        return tokens;
      }
      if (length == prefix.longest(maxTokens)) {
        return tokens.cut();
      }
      length = prefix.next(length, maxTokens);
    }
    return encode(sample.prompt() + sample.completion(), sample, maxTokens, memory);
  }

  private TokenizedText encode(String text, Sample sample, int maxTokens, TextMemory memory) {
    try (ReservedMemory _ = memory.reserve(text)) {
      return encoded(text, sample)
          .tokens(sample.prompt().length(), maxTokens, fieldTokenizer.specialIds());
    }
  }

  private EncodedText encoded(String text, Sample sample) {
    boolean separate = fieldTokenizer.isNeeded(text, sample.fieldText());
    EncodedText encoded =
        separate
            ? fieldTokenizer.encode(text, sample.fieldText())
            : EncodedText.of(tokenizer, text, text);
    return encoded.withoutRepeatedEnds();
  }

  private static void requireLoss(TokenizedText tokens, String prompt, int maxTokens) {
    if (tokens.completionTokens() == 0) {
      throw new IllegalArgumentException(
          tokens.truncated()
              ? "the prompt alone fills the limit of %s tokens: no token of the completion is left"
                  .formatted(maxTokens)
              : "the completion has no token of its own");
    }
    if (tokens.completion()[0]) {
      throw new IllegalArgumentException(
          prompt.isEmpty()
              ? "the prompt is empty and this model's tokenizer adds no first token: nothing stands before the completion"
              : joined(tokens, prompt));
    }
  }

  /** Positions in place of the token's characters, because messages never quote a user's text. */
  private static String joined(TokenizedText tokens, String prompt) {
    return "the first token covers characters 0 to %s and reaches from the prompt (%s characters) into the completion, and nothing stands before it: is a blank missing between prompt and completion?"
        .formatted(tokens.ends()[0], prompt.length());
  }

  /** Frees the native tokenizer; a second call does nothing. */
  @Override
  public void close() {
    tokenizer.close();
    fieldTokenizer.close();
  }
}
