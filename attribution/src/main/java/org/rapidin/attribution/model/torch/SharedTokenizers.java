package org.rapidin.attribution.model.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.TokenizerFile;

/**
 * The tokenizers of a process: users of equal tokenizer.json files share one. Their native memory
 * is reserved. Safe for many threads; opening blocks all of them while a file is read.
 */
public final class SharedTokenizers {
  /**
   * Of a file's two tokenizers, the second one for texts that spell special tokens. One took 4.8
   * and 5.9 bytes per byte of two files of 10.5 and 3.0 MB.
   */
  private static final int BYTES_PER_FILE_BYTE = 10;

  /** Passes of other models end before that, and free what is waited for. */
  private static final long RESERVE_TIMEOUT_MILLIS = 30_000;

  private final Map<String, Shared> opened = new HashMap<>();

  private static final class Shared {
    private final TextTokenizer tokenizer;
    private final Reservation memory;
    private int users; // guarded by the tokenizers

    Shared(TextTokenizer tokenizer, Reservation memory) {
      this.tokenizer = tokenizer;
      this.memory = memory;
    }
  }

  /** One user's share of a tokenizer; the last one that is closed frees it. */
  public final class Share implements AutoCloseable {
    private final Shared shared;
    private boolean closed;

    private Share(Shared shared) {
      this.shared = shared;
      shared.users++;
    }

    /** The tokenizer, until this is closed. */
    public TextTokenizer tokenizer() {
      return shared.tokenizer;
    }

    /** Native memory that is reserved for the tokenizer, all users together. */
    public long bytes() {
      return shared.memory.bytes();
    }

    /** Ends the share; a second call does nothing. */
    @Override
    public void close() {
      synchronized (SharedTokenizers.this) {
        if (!closed) {
          closed = true;
          release(shared);
        }
      }
    }
  }

  private void release(Shared shared) {
    if (--shared.users == 0) {
      opened.remove(shared.tokenizer.digest(), shared);
      shared.tokenizer.close();
      shared.memory.close();
    }
  }

  /**
   * A share of the tokenizer of a file as it is now; the caller closes it.
   *
   * @param budget of native memory
   * @throws IllegalArgumentException if the file is malformed or too large
   * @throws org.rapidin.attribution.memory.MemoryLimitException if its tokenizer does not fit in
   *     time
   */
  public Share open(TorchRuntime runtime, Path tokenizerJson, MemoryBudget budget)
      throws IOException {
    byte[] json = TokenizerFile.bytes(tokenizerJson);
    Optional<Share> known = find(FileDigests.ofBytes(json));
    if (known.isPresent()) {
      return known.get();
    }
    // Not under the lock, as memory may become free when others close their shares.
    Reservation memory =
        budget.reserve(
            "the tokenizer of %s".formatted(tokenizerJson.getFileName()),
            (long) BYTES_PER_FILE_BYTE * json.length,
            RESERVE_TIMEOUT_MILLIS);
    try {
      return open(runtime, tokenizerJson, memory);
    } catch (IOException | RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  private synchronized Share open(TorchRuntime runtime, Path tokenizerJson, Reservation memory)
      throws IOException {
    TextTokenizer tokenizer = TextTokenizer.open(runtime, tokenizerJson);
    Optional<Share> known = find(tokenizer.digest());
    if (known.isPresent()) { // opened by another thread meanwhile
      tokenizer.close();
      memory.close();
      return known.get();
    }
    Shared shared = new Shared(tokenizer, memory);
    opened.put(tokenizer.digest(), shared);
    return new Share(shared);
  }

  /** The file that another user opened may be gone, and is read again for some texts. */
  private synchronized Optional<Share> find(String digest) {
    return Optional.ofNullable(opened.get(digest))
        .filter(shared -> shared.tokenizer.isCurrent())
        .map(Share::new);
  }

  /** Tokenizers that are open now. */
  public synchronized int count() {
    return opened.size();
  }
}
