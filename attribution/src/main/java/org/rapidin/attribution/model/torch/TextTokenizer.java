package org.rapidin.attribution.model.torch;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.rapidin.attribution.model.file.TokenizerFile;

/**
 * A model's own tokenizer, for prompts with completions. Safe for several threads until {@link
 * #close}.
 */
public final class TextTokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final TextPrefix prefix;

  private TextTokenizer(HuggingFaceTokenizer tokenizer, TextPrefix prefix) {
    this.tokenizer = tokenizer;
    this.prefix = prefix;
  }

  /**
   * Opens a tokenizer.json.
   *
   * @throws IllegalArgumentException if it is malformed or too large
   */
  public static TextTokenizer open(TorchRuntime runtime, Path tokenizerJson) throws IOException {
    return open(
        runtime, tokenizerJson, new TextPrefix(TokenizerFile.read(tokenizerJson).longestToken()));
  }

  static TextTokenizer open(TorchRuntime runtime, Path tokenizerJson, TextPrefix prefix)
      throws IOException {
    return new TextTokenizer(runtime.newTokenizer(Files.readAllBytes(tokenizerJson)), prefix);
  }

  /**
   * Tokenizes prompt and completion as one text, as the model sees them. A token that reaches over
   * the boundary counts as completion. Special tokens written in the text are special tokens.
   *
   * <p>Time and memory grow with the number of tokens that are kept, not with the text, unless the
   * text is a single run of digits, of white space, or of characters that the tokenizer does not
   * know.
   *
   * @param maxTokens tokens that are kept; the rest is cut off at the end
   * @throws IllegalArgumentException if no token of the completion can carry loss; says why
   */
  public TokenizedText encode(String prompt, String completion, int maxTokens) {
    if (completion.isEmpty()) {
      throw new IllegalArgumentException("the completion is empty: there is nothing to attribute");
    }
    int characters = Math.addExact(prompt.length(), completion.length());
    int length = prefix.first(maxTokens);
    while (length < characters) {
      String text = TextPrefix.of(prompt, completion, length);
      TokenizedText tokens = encode(text, prompt.length(), maxTokens);
      if (tokens.truncated() && tokens.lastEnd() <= prefix.settled(text)) {
        return requireLoss(tokens, prompt, maxTokens);
      }
      length = TextPrefix.next(length);
    }
    TokenizedText tokens = encode(prompt + completion, prompt.length(), maxTokens);
    return requireLoss(tokens, prompt, maxTokens);
  }

  private TokenizedText encode(String text, int promptLength, int maxTokens) {
    int[] chars = charIndex(text);
    Encoding encoding = tokenizer.encode(text, true, false);
    long[] ids = encoding.getIds();
    int kept = Math.min(ids.length, maxTokens);
    int[] starts = new int[kept];
    int[] ends = new int[kept];
    boolean[] inCompletion = new boolean[kept];
    CharSpan[] spans = encoding.getCharTokenSpans();
    boolean textSeen = false;
    for (int t = 0; t < kept; t++) {
      if (spans[t] != null) {
        starts[t] = chars[spans[t].getStart()];
        ends[t] = chars[spans[t].getEnd()];
        textSeen = true;
      } else { // added by the tokenizer: before the text or, an end token, after it
        starts[t] = ends[t] = textSeen ? text.length() : 0;
      }
      inCompletion[t] = ends[t] > promptLength;
    }
    return new TokenizedText(
        Arrays.copyOf(ids, kept), inCompletion, starts, ends, ids.length - kept);
  }

  private static TokenizedText requireLoss(TokenizedText tokens, String prompt, int maxTokens) {
    if (tokens.completionTokens() == 0) {
      throw new IllegalArgumentException(
          tokens.truncated()
              ? "the prompt alone fills the limit of %d tokens: no token of the completion is left"
                  .formatted(maxTokens)
              : "the completion has no token of its own");
    }
    if (tokens.completion()[0]) {
      throw new IllegalArgumentException(
          prompt.isEmpty()
              ? "the prompt is empty and this model's tokenizer adds no first token:"
                  + " nothing stands before the completion"
              : joined(tokens, prompt));
    }
    return tokens;
  }

  /** Positions in place of the token's characters, because messages never quote a user's text. */
  private static String joined(TokenizedText tokens, String prompt) {
    return ("the first token covers characters 0 to %d and reaches from the prompt (%d characters)"
            + " into the completion, and nothing stands before it: is a blank missing between"
            + " prompt and completion?")
        .formatted(tokens.ends()[0], prompt.length());
  }

  /** UTF-16 index of each code point, which is what the tokenizer counts; and of the end. */
  private static int[] charIndex(String text) {
    int[] index = new int[text.codePointCount(0, text.length()) + 1];
    int chars = 0;
    for (int point = 0; point < index.length - 1; point++) {
      index[point] = chars;
      int codePoint = text.codePointAt(chars);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            "the text is not valid Unicode: half a surrogate pair at char " + chars);
      }
      chars += Character.charCount(codePoint);
    }
    index[index.length - 1] = chars;
    return index;
  }

  /** Frees the native tokenizer; a second call does nothing. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
