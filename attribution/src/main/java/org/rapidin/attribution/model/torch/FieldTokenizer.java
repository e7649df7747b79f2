package org.rapidin.attribution.model.torch;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelFileChangedException;
import org.rapidin.attribution.model.file.RenamedTokens;
import org.rapidin.attribution.model.file.TokenizerFile;

/**
 * Tokenizes texts in which a document's field spells the name of a special token, as text. For
 * this, a second tokenizer has other names for the special tokens; it is opened with the first such
 * text. Safe for several threads until {@link #close}.
 */
final class FieldTokenizer implements AutoCloseable {
  private final TorchRuntime runtime;
  private final Path tokenizerJson;
  private final String digest;
  private final Map<String, Integer> specialTokens;
  private final Set<Long> specialIds;
  private final SpecialNames names;
  private HuggingFaceTokenizer tokenizer;
  private boolean closed;

  /**
   * @param digest of the file, which is read again with the first such text
   */
  FieldTokenizer(
      TorchRuntime runtime, Path tokenizerJson, String digest, Map<String, Integer> specialTokens) {
    this.runtime = runtime;
    this.tokenizerJson = tokenizerJson;
    this.digest = digest;
    this.specialTokens = specialTokens;
    this.specialIds =
        specialTokens.values().stream().map(Integer::longValue).collect(Collectors.toSet());
    this.names = new SpecialNames(specialTokens.keySet());
  }

  /** Names of the special tokens. */
  List<String> specialTokens() {
    return List.copyOf(specialTokens.keySet());
  }

  /** Ids of the special tokens. */
  Set<Long> specialIds() {
    return specialIds;
  }

  /** Whether a field spells the name of a special token. */
  boolean isNeeded(String text, List<TextRange> fieldText) {
    return names.appearIn(text, fieldText);
  }

  /**
   * Tokenizes a text.
   *
   * @throws IllegalArgumentException if this tokenizer cannot read the names as text
   * @throws ModelFileChangedException if the file changed since the tokenizer was opened
   */
  EncodedText encode(String text, List<TextRange> fieldText) {
    return EncodedText.of(tokenizer(), text, names.replaceOutside(text, fieldText));
  }

  private synchronized HuggingFaceTokenizer tokenizer() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    if (tokenizer == null) {
      tokenizer = open();
    }
    return tokenizer;
  }

  private HuggingFaceTokenizer open() {
    HuggingFaceTokenizer opened;
    try {
      opened = runtime.newTokenizer(RenamedTokens.copy(json(), names.standIns()));
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(e);
    }
    names
        .standIns()
        .forEach(
            (name, standIn) -> {
              long[] ids = opened.encode(standIn, false, false).getIds();
              if (ids.length != 1 || ids[0] != specialTokens.get(name)) {
                opened.close();
                throw unusable(null);
              }
            });
    return opened;
  }

  /** Whether the file is still the one that was opened. */
  boolean isCurrent() {
    try {
      json();
      return true;
    } catch (ModelFileChangedException e) {
      return false;
    }
  }

  private byte[] json() {
    String name = tokenizerJson.getFileName().toString();
    byte[] json;
    try {
      json = TokenizerFile.bytes(tokenizerJson);
    } catch (IOException | IllegalArgumentException e) {
      throw new ModelFileChangedException(name, e);
    }
    if (!FileDigests.ofBytes(json).equals(digest)) {
      throw new ModelFileChangedException(name, null);
    }
    return json;
  }

  private static IllegalArgumentException unusable(Exception cause) {
    return new IllegalArgumentException(
        "a field spells the name of a special token, which this model's tokenizer cannot read as text: remove it, or set special_tokens to everywhere in the attributor",
        cause);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (tokenizer != null) {
      tokenizer.close();
    }
  }
}
