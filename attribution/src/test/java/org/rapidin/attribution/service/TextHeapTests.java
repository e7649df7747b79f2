package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryLimitException;
import org.rapidin.attribution.memory.ReservedMemory;

@Timeout(60)
class TextHeapTests {
  private static final long HEAP = 64L << 20;

  private final TextHeap heap = new TextHeap(HEAP);
  private final MemoryBudget nativeMemory = new MemoryBudget(1L << 30, missing -> {});

  private ReservedMemory reserve(String text) {
    return heap.reserve(text, nativeMemory, () -> false);
  }

  @Test
  void threadsTogetherTokenizeWhatAQuarterOfTheHeapHolds() {
    String text = "4".repeat(30_000);
    long cost = (long) text.length() * TextHeap.TOKEN_BYTES;
    AtomicLong now = new AtomicLong();
    AtomicLong most = new AtomicLong();
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int t = 0; t < 16; t++) {
      threads.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 50; i++) {
                  try (ReservedMemory _ = reserve(text)) {
                    most.accumulateAndGet(now.addAndGet(cost), Math::max);
                    Thread.onSpinWait();
                    now.addAndGet(-cost);
                  }
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    threads.forEach(CompletableFuture::join);
    assertTrue(most.get() <= HEAP / 4, most.toString());
    assertEquals(0, nativeMemory.usage().reservedBytes());
  }

  @Test
  void nativeMemoryIsReservedByBytes() {
    try (ReservedMemory _ = reserve("4".repeat(20_000))) {
      assertEquals(20_000L * TextHeap.NATIVE_BYTES, nativeMemory.usage().reservedBytes());
    }
    for (String threeBytes : List.of("\u4e2d", "4\u0664")) {
      try (ReservedMemory _ = reserve(threeBytes.repeat(10_000))) {
        assertEquals(30_000L * TextHeap.NATIVE_BYTES, nativeMemory.usage().reservedBytes());
      }
    }
    try (ReservedMemory _ = reserve("\ud83d\ude00".repeat(5_000))) {
      assertEquals(20_000L * TextHeap.NATIVE_BYTES, nativeMemory.usage().reservedBytes());
    }
    assertEquals(0, nativeMemory.usage().reservedBytes());
  }

  @Test
  void aTextThatTakesMoreThanItsShareWaitsUntilItIsAlone() throws Exception {
    String large = "4".repeat(150_000); // 24 MB of 32
    try (ReservedMemory _ = reserve(large)) {
      CountDownLatch done = new CountDownLatch(1);
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(
              () -> {
                try (ReservedMemory _ = reserve("4".repeat(20_000))) {
                  done.countDown();
                }
              });
      assertFalse(done.await(100, TimeUnit.MILLISECONDS));
      assertFalse(other.isDone());
      reserve("short").close();
      assertThrows(
          CancellationException.class, () -> heap.reserve(large, nativeMemory, () -> true));
    }
    reserve(large).close();
  }

  @Test
  void aTextThatCannotFitIsRefusedWithTheNumbers() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> reserve("4".repeat(220_000)));
    assertTrue(
        e.getMessage().startsWith("tokenizing 220000 characters may take 35200000 bytes of heap"),
        e.getMessage());
    MemoryBudget small = new MemoryBudget(1 << 20, missing -> {});
    assertThrows(
        MemoryLimitException.class, () -> heap.reserve("4".repeat(50_000), small, () -> false));
    reserve("4".repeat(100_000)).close(); // what it had of the heap is free again
  }
}
