package org.rapidin.attribution.model.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.TokenizerFile;

/**
 * The tokenizers of a process: users of equal tokenizer.json files share one. Safe for many
 * threads; opening blocks all of them while a file is read.
 */
public final class SharedTokenizers {
  private final Map<String, Shared> opened = new HashMap<>();

  private static final class Shared {
    private final TextTokenizer tokenizer;
    private int users; // guarded by the tokenizers

    Shared(TextTokenizer tokenizer) {
      this.tokenizer = tokenizer;
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
    }
  }

  /**
   * A share of the tokenizer of a file as it is now; the caller closes it.
   *
   * @throws IllegalArgumentException if it is malformed or too large
   */
  public synchronized Share open(TorchRuntime runtime, Path tokenizerJson) throws IOException {
    Shared known = opened.get(FileDigests.ofBytes(TokenizerFile.bytes(tokenizerJson)));
    // The file that another user opened may be gone, and is read again for some texts.
    if (known != null && known.tokenizer.isCurrent()) {
      return new Share(known);
    }
    Shared shared = new Shared(TextTokenizer.open(runtime, tokenizerJson));
    opened.put(shared.tokenizer.digest(), shared);
    return new Share(shared);
  }

  /** Tokenizers that are open now. */
  public synchronized int count() {
    return opened.size();
  }
}
