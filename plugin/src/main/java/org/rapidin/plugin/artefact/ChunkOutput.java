package org.rapidin.plugin.artefact;

import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/** Writes an artefact's bytes in chunks, each with its digest. Not for several threads. */
final class ChunkOutput extends OutputStream {
  private final ArtefactChunks store;
  private final String run;
  private final MessageDigest whole = sha256();
  private final byte[] buffer = new byte[ArtefactChunks.BYTES_EACH];
  private int buffered;
  private int chunks;
  private long bytes;

  ChunkOutput(ArtefactChunks store, String run) {
    this.store = store;
    this.run = run;
  }

  @Override
  public void write(int number) {
    write(new byte[] {(byte) number}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, buffer.length - buffered);
      System.arraycopy(source, offset + done, buffer, buffered, count);
      buffered += count;
      done += count;
      if (buffered == buffer.length) {
        writeChunk();
      }
    }
  }

  private void writeChunk() {
    byte[] chunk = Arrays.copyOf(buffer, buffered);
    whole.update(chunk);
    store.write(run, chunks, new ArtefactChunks.Chunk(digest(chunk), chunk));
    chunks++;
    bytes += buffered;
    buffered = 0;
  }

  static String digest(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /** One of its own: OpenSearch has one for each thread. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  /**
   * Writes what is left.
   *
   * @param documents that the artefact was fitted to
   */
  StoredArtefact.Content finish(long documents) {
    if (buffered > 0) {
      writeChunk();
    }
    return new StoredArtefact.Content(
        documents, bytes, chunks, HexFormat.of().formatHex(whole.digest()));
  }
}
