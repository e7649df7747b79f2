package org.rapidin.plugin.handle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.Word;

/**
 * SHA-256 of a query's gradient: of the attributor's id and fingerprint, the vectors, the tokens
 * that it is about and their words, the artefact that it was multiplied with, the error of its
 * influences, and whether its holder has the vectors of the tokens. Equal gradients have equal keys
 * on every node. 32 bytes on the wire.
 */
public record GradientKey(long first, long second, long third, long fourth) implements Writeable {

  /** Reads what {@link #writeTo} wrote. */
  public GradientKey(StreamInput in) throws IOException {
    this(in.readLong(), in.readLong(), in.readLong(), in.readLong());
  }

  /**
   * Returns the key of a gradient.
   *
   * @param tokenVectors whether the node that resolved it keeps the vectors of its tokens. It is
   *     part of the key: a node that holds a key with tokens can always answer for them, even if
   *     another search uses the same gradient without tokens
   */
  static GradientKey of(ResolvedGradient gradient, boolean tokenVectors) {
    return of(gradient, tokenVectors, true);
  }

  /**
   * Returns the key by which a node keeps a gradient with its token vectors that does not send its
   * key: such a node has a version whose keys do not depend on the attributor's id.
   */
  static GradientKey unsent(ResolvedGradient gradient) {
    return of(gradient, true, false);
  }

  private static GradientKey of(
      ResolvedGradient gradient, boolean tokenVectors, boolean attributor) {
    MessageDigest digest = MessageDigests.sha256();
    digest.update((byte) (tokenVectors ? 1 : 0));
    if (attributor) {
      update(digest, gradient.attributor());
      digest.update(ErrorWire.bytes(gradient.error()));
      for (Word word : gradient.words()) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(word.tokens()).flip());
        update(digest, word.text());
      }
    }
    update(digest, gradient.fingerprint());
    digest.update(gradient.vector().littleEndian());
    for (QueryToken token : gradient.tokens()) {
      digest.update((byte) (token.selected() ? 1 : 0));
      update(digest, token.text());
    }
    gradient.others().forEach(other -> digest.update(other.littleEndian()));
    if (gradient.preconditioner() != null) {
      update(digest, gradient.preconditioner());
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new GradientKey(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }

  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.BIG_ENDIAN).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeLong(first);
    out.writeLong(second);
    out.writeLong(third);
    out.writeLong(fourth);
  }

  /** 64 hexadecimal digits. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(first)
        + hex.toHexDigits(second)
        + hex.toHexDigits(third)
        + hex.toHexDigits(fourth);
  }
}
