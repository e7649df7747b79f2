package org.rapidin.attribution;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;

/**
 * A text whose gradient is computed: exactly what the model was given and what it said (or should
 * have said). No template is applied to it any more.
 *
 * @param prompt the text that carries no loss; may be empty if the tokenizer adds a first token
 * @param completion the text whose tokens carry the loss
 */
public record Sample(String prompt, String completion) {
  public Sample {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
  }

  /**
   * Returns what identifies the text of a stored vector: SHA-256 over the number of UTF-8 bytes of
   * the prompt (big-endian int32), the prompt and the completion. Unpaired surrogates count as
   * question marks.
   *
   * @return 32 new bytes
   */
  public byte[] digest() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] promptBytes = prompt.getBytes(StandardCharsets.UTF_8);
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, promptBytes.length));
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
