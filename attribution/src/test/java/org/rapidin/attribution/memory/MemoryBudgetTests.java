package org.rapidin.attribution.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;

@Timeout(60)
class MemoryBudgetTests {
  private static MemoryBudget budget(long limit) {
    return new MemoryBudget(limit, missing -> {});
  }

  @Test
  void reservationsNeverExceedTheLimit() {
    MemoryBudget budget = budget(100);
    Reservation first = budget.reserve("first", 60, 0);
    assertTrue(budget.tryReserve(41).isEmpty());
    Reservation second = budget.tryReserve(40).orElseThrow();
    assertEquals(new MemoryBudget.Usage(100, 100, 100, 0), budget.usage());
    first.close();
    first.close();
    assertEquals(40, budget.usage().reservedBytes());
    second.close();
    assertEquals(new MemoryBudget.Usage(100, 0, 100, 0), budget.usage());
  }

  @Test
  void aReservationThatDoesNotFitInTimeNamesTheNumbers() {
    MemoryBudget budget = budget(100);
    budget.reserve("weights", 70, 0);
    MemoryLimitException e =
        assertThrows(MemoryLimitException.class, () -> budget.reserve("a batch", 50, 10));
    assertEquals(
        "a batch needs 50 bytes of native memory; 70 of 100 are reserved. Try again later",
        e.getMessage());
    assertEquals(50, e.wantedBytes());
    assertEquals(100, e.limitBytes());
    assertEquals(1, budget.usage().refused());
  }

  @Test
  void whatExceedsTheLimitIsRefusedWithoutWaiting() {
    MemoryBudget budget = budget(100);
    MemoryLimitException e =
        assertThrows(MemoryLimitException.class, () -> budget.reserve("a batch", 101, 3_600_000));
    assertTrue(e.getMessage().contains("Raise plugins.rapidin.native.limit"), e.getMessage());
  }

  @Test
  void theReclaimerFreesWhatIsMissingAndMayReserveItself() {
    AtomicReference<Reservation> weights = new AtomicReference<>();
    AtomicLong asked = new AtomicLong();
    MemoryBudget budget =
        new MemoryBudget(
            100,
            missing -> {
              asked.set(missing);
              weights.get().close();
            });
    weights.set(budget.reserve("weights", 70, 0));
    budget.reserve("a batch", 50, 0);
    assertEquals(20, asked.get());
    assertEquals(50, budget.usage().reservedBytes());
  }

  @Test
  void waitersAreServedInOrderSoThatALargeOneIsNotStarved() throws Exception {
    MemoryBudget budget = budget(100);
    Reservation running = budget.reserve("running", 60, 0);
    List<String> order = new ArrayList<>();
    CompletableFuture<Void> large = reserveLater(budget, "large", 90, order);
    while (!isWaiting(budget)) {
      Thread.sleep(1);
    }
    CompletableFuture<Void> small = reserveLater(budget, "small", 20, order);
    Thread.sleep(50);
    assertFalse(small.isDone(), "a later small one passed the large one");
    running.close();
    large.get();
    small.get();
    assertEquals(List.of("large", "small"), order);
  }

  /** Otherwise it would keep its place for a minute, and all that come later would wait for it. */
  @Test
  void aCancelledReservationGivesUpItsPlace() throws Exception {
    MemoryBudget budget = budget(100);
    Reservation running = budget.reserve("running", 60, 0);
    AtomicBoolean cancelled = new AtomicBoolean();
    CompletableFuture<Reservation> large =
        CompletableFuture.supplyAsync(() -> budget.reserve("large", 90, 3_600_000, cancelled::get));
    while (!isWaiting(budget)) {
      Thread.sleep(1);
    }
    CompletableFuture<Void> small = reserveLater(budget, "small", 20, new ArrayList<>());
    cancelled.set(true);
    small.get(20, TimeUnit.SECONDS);
    ExecutionException e = assertThrows(ExecutionException.class, large::get);
    assertInstanceOf(CancellationException.class, e.getCause());
    running.close();
    assertEquals(0, budget.usage().reservedBytes());
  }

  private static boolean isWaiting(MemoryBudget budget) {
    // A waiter blocks those that come later even if they fit.
    try {
      budget.reserve("probe", 1, 0).close();
      return false;
    } catch (MemoryLimitException e) {
      return true;
    }
  }

  private static CompletableFuture<Void> reserveLater(
      MemoryBudget budget, String what, long bytes, List<String> order) {
    return CompletableFuture.runAsync(
        () -> {
          try (Reservation reservation = budget.reserve(what, bytes, 30_000)) {
            synchronized (order) {
              order.add(what + (reservation.bytes() == bytes ? "" : "?"));
            }
          }
        });
  }

  @Test
  void manyThreadsEndWithNothingReserved() {
    MemoryBudget budget = budget(1000);
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      int seed = t;
      threads.add(CompletableFuture.runAsync(() -> reserveAndRelease(budget, new Random(seed))));
    }
    threads.forEach(CompletableFuture::join);
    assertEquals(0, budget.usage().reservedBytes());
    assertTrue(budget.usage().peakBytes() <= 1000);
    assertEquals(0, budget.usage().refused());
  }

  private static void reserveAndRelease(MemoryBudget budget, Random random) {
    for (int i = 0; i < 2000; i++) {
      try (Reservation reservation = budget.reserve("some", 1 + random.nextInt(900), 30_000)) {
        assertTrue(budget.usage().reservedBytes() >= reservation.bytes());
      }
    }
  }
}
