package org.rapidin.plugin.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opensearch.cluster.coordination.DeterministicTaskQueue;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.settings.Settings;

/** Each loan is given back exactly once: after its last use, or after some seconds without one. */
class BorrowedGradientsTests {
  private static final GradientKey KEY = new GradientKey(1, 2, 3, 4);
  private static final GradientHandle FIRST = handle(1);

  private final DeterministicTaskQueue clock =
      new DeterministicTaskQueue(
          Settings.builder().put("node.name", "node").build(), new Random(1));
  private final List<GradientHandle> returned = new ArrayList<>();
  private final BorrowedGradients borrowed =
      new BorrowedGradients(clock.getThreadPool(), returned::add);

  /** Another version's key of the same gradient. */
  private static GradientHandle handle(int seed) {
    return new GradientHandle(new GradientKey(5, 6, 7, seed), "holder");
  }

  private void passTime() {
    clock.runAllTasksInTimeOrder();
  }

  @Test
  void theKeyIsTheHolders() {
    borrowed.add(KEY, FIRST);
    assertEquals(FIRST, borrowed.use(KEY).orElseThrow().handle());
  }

  @Test
  void theLastUseReturnsIt() {
    borrowed.add(KEY, FIRST);
    Releasable one = borrowed.use(KEY).orElseThrow().end();
    Releasable two = borrowed.use(KEY).orElseThrow().end();
    one.close();
    one.close();
    passTime();
    assertEquals(List.of(), returned);
    two.close();
    two.close();
    assertEquals(List.of(FIRST), returned);
    assertTrue(borrowed.use(KEY).isEmpty());
  }

  @Test
  void whatIsNeverUsedIsReturnedAfterSomeSeconds() {
    borrowed.add(KEY, FIRST);
    assertEquals(List.of(), returned);
    passTime();
    assertEquals(BorrowedGradients.LONGEST_UNUSED.millis(), clock.getCurrentTimeMillis());
    assertEquals(List.of(FIRST), returned);
    assertEquals(Optional.empty(), borrowed.use(KEY));
  }

  @Test
  void whatNobodyWantsIsReturnedAtOnceUnlessItIsUsed() {
    borrowed.add(KEY, FIRST).close();
    assertEquals(List.of(FIRST), returned);
    Releasable unused = borrowed.add(KEY, handle(2));
    Releasable use = borrowed.use(KEY).orElseThrow().end();
    unused.close();
    assertEquals(List.of(FIRST), returned);
    use.close();
    passTime();
    assertEquals(List.of(FIRST, handle(2)), returned);
  }

  @Test
  void anEarlierLoanOfTheSameKeyIsReturnedToo() {
    borrowed.add(KEY, FIRST);
    Releasable use = borrowed.use(KEY).orElseThrow().end();
    borrowed.add(KEY, handle(2));
    assertEquals(handle(2), borrowed.use(KEY).orElseThrow().handle());
    use.close();
    assertEquals(List.of(FIRST), returned);
    assertEquals(handle(2), borrowed.use(KEY).orElseThrow().handle());
  }
}
