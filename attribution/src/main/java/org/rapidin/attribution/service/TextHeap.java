package org.rapidin.attribution.service;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;
import org.rapidin.attribution.memory.ReservedMemory;

/**
 * The share of a process's heap in which texts are tokenized: a quarter, so that many threads with
 * long texts wait for each other. Safe for many threads.
 *
 * <p>A text of n bytes in UTF-8 has n tokens at most. A token takes {@value #TOKEN_BYTES} bytes of
 * heap: 128 in the tokenizer's answer, measured, and the rest in arrays of ours. The tokenizer
 * takes up to {@value #NATIVE_BYTES} bytes of native memory a byte while it works: 206 to 407 were
 * measured of 1 million digits, blanks and words, most where each digit is split off first. What a
 * tokenizer's normalizer adds to a text does not count.
 */
public final class TextHeap {
  static final int TOKEN_BYTES = 160;
  static final int NATIVE_BYTES = 420;

  /** Shorter texts are tokenized without a reservation: 2.5 MiB of heap and 7 MiB of native. */
  static final int UNCOUNTED_BYTES = 1 << 14;

  private static final int SHARE = 4;
  private static final long HEAP_TIMEOUT_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final long NATIVE_TIMEOUT_MILLIS = TimeUnit.MINUTES.toMillis(1);

  private final MemoryBudget share;

  /**
   * @param heapBytes of the process
   */
  public TextHeap(long heapBytes) {
    this.share = new MemoryBudget(Math.max(1, heapBytes / SHARE), missing -> {});
  }

  /**
   * Reserves what tokenizing a text takes. A text that takes more than the share is tokenized while
   * no other long text is.
   *
   * @param nativeMemory the budget of models and passes
   * @param cancelled asked every 50 ms while the text waits
   * @throws IllegalArgumentException if it takes more than half of the heap; names the numbers
   * @throws org.rapidin.attribution.memory.MemoryLimitException if there is no native memory in
   *     time
   * @throws java.util.concurrent.CancellationException if it was cancelled
   */
  ReservedMemory reserve(String text, MemoryBudget nativeMemory, BooleanSupplier cancelled) {
    long bytes = utf8Bytes(text);
    if (bytes <= UNCOUNTED_BYTES) {
      return () -> {};
    }
    long objects = bytes * TOKEN_BYTES;
    if (objects > 2 * share.limitBytes()) {
      throw new IllegalArgumentException(
          "tokenizing %s characters may take %s bytes of heap, at most %s are used for it on this node: use fewer max_tokens, or give the node more heap"
              .formatted(text.length(), objects, 2 * share.limitBytes()));
    }
    String what = "tokenizing %s characters".formatted(text.length());
    Reservation heap =
        share.reserve(what, Math.min(objects, share.limitBytes()), HEAP_TIMEOUT_MILLIS, cancelled);
    try {
      Reservation tokenizer =
          nativeMemory.reserve(what, bytes * NATIVE_BYTES, NATIVE_TIMEOUT_MILLIS, cancelled);
      return () -> {
        tokenizer.close();
        heap.close();
      };
    } catch (RuntimeException e) {
      heap.close();
      throw e;
    }
  }

  /** Half of a pair counts 2. */
  private static long utf8Bytes(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
