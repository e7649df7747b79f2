package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;

/** Reads an artefact's bytes and compares them with their digests. Not for several threads. */
final class ChunkInput extends InputStream {
  private final ArtefactChunks store;
  private final StoredArtefact artefact;
  private final StoredArtefact.Content content;
  private final MessageDigest whole = ChunkOutput.sha256();
  private byte[] chunk = {};
  private int next;
  private int chunks;

  ChunkInput(ArtefactChunks store, StoredArtefact artefact, StoredArtefact.Content content) {
    this.store = store;
    this.artefact = artefact;
    this.content = content;
  }

  @Override
  public int read() throws IOException {
    return isAtEnd() ? -1 : Byte.toUnsignedInt(chunk[next++]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (isAtEnd()) {
      return -1;
    }
    int count = Math.min(length, chunk.length - next);
    System.arraycopy(chunk, next, target, offset, count);
    next += count;
    return count;
  }

  private boolean isAtEnd() throws IOException {
    while (next == chunk.length && chunks < content.chunks()) {
      chunk = readChunk();
      next = 0;
      chunks++;
    }
    return next == chunk.length;
  }

  private byte[] readChunk() throws IOException {
    ArtefactChunks.Chunk stored =
        store.read(artefact.run(), chunks).orElseThrow(() -> damaged("is missing"));
    if (!ChunkOutput.digest(stored.bytes()).equals(stored.digest())) {
      throw damaged("does not have its digest");
    }
    whole.update(stored.bytes());
    return stored.bytes();
  }

  /**
   * Checks that all bytes were read, and that they are those that were written.
   *
   * @throws IOException if not; says how to repair it
   */
  void requireWhole() throws IOException {
    if (!isAtEnd()) {
      throw damaged("is left over");
    }
    if (!HexFormat.of().formatHex(whole.digest()).equals(content.digest())) {
      throw damaged("is another than the digest of all says");
    }
  }

  private IOException damaged(String fault) {
    return new IOException(
        "chunk %s of %s of artefact [%s] %s: delete the artefact and fit it again, or restore the index [%s] from a snapshot"
            .formatted(chunks, content.chunks(), artefact.id(), fault, ArtefactIndex.NAME));
  }
}
