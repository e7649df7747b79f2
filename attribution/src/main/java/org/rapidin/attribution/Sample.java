package org.rapidin.attribution;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Objects;

/**
 * A text whose gradient is computed: exactly what the model was given and what it said (or should
 * have said). No template is applied to it any more.
 *
 * @param prompt the text that carries no loss; may be empty if the tokenizer adds a first token
 * @param completion the text whose tokens carry the loss
 * @param fieldText ranges of prompt + completion that come from a document's fields, ascending and
 *     apart: the name of a special token in them is text, unless the attributor says otherwise
 */
public record Sample(String prompt, String completion, List<TextRange> fieldText) {
  public Sample {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
    fieldText = List.copyOf(fieldText);
    int end = 0;
    for (TextRange range : fieldText) {
      if (range.start() < end || range.end() > prompt.length() + completion.length()) {
        throw new IllegalArgumentException(
            "[%s, %s) overlaps another range or is outside of the text"
                .formatted(range.start(), range.end()));
      }
      end = range.end();
    }
  }

  /** A text in which the names of special tokens are special tokens. */
  public Sample(String prompt, String completion) {
    this(prompt, completion, List.of());
  }

  /**
   * Returns what identifies the text of a stored vector: SHA-256 over the number of UTF-8 bytes of
   * the prompt, the number of ranges of field text, their starts and ends (big-endian int32), the
   * prompt and the completion. Unpaired surrogates count as question marks.
   *
   * @return 32 new bytes
   */
  public byte[] digest() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] promptBytes = prompt.getBytes(StandardCharsets.UTF_8);
      ByteBuffer numbers = ByteBuffer.allocate((2 + 2 * fieldText.size()) * Integer.BYTES);
      numbers.putInt(promptBytes.length).putInt(fieldText.size());
      fieldText.forEach(range -> numbers.putInt(range.start()).putInt(range.end()));
      sha256.update(numbers.flip());
      sha256.update(promptBytes);
      return sha256.digest(completion.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  /** Characters (UTF-16 units) of prompt and completion together. */
  public long characters() {
    return (long) prompt.length() + completion.length();
  }
}
