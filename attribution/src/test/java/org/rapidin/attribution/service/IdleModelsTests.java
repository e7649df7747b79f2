package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IdleModelsTests {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final List<String> calls = new ArrayList<>();
  private long now = 100 * SECOND;

  private IdleModels idle(long timeoutNanos) {
    return new IdleModels(
        timeoutNanos,
        () -> now,
        new IdleModels.Models() {
          @Override
          public void closeUnusedSince(long nanos) {
            calls.add("close " + nanos / SECOND);
          }

          @Override
          public void trim() {
            calls.add("trim");
          }
        });
  }

  @Test
  void trimsOncePerPause() {
    IdleModels idle = idle(0);
    idle.check();
    idle.beginUse();
    now += 10 * SECOND;
    idle.check();
    idle.endUse();
    idle.check();
    assertEquals(List.of(), calls, "before, during and right after a use");
    now += SECOND;
    idle.check();
    idle.check();
    assertEquals(List.of("trim"), calls);
    idle.beginUse();
    idle.endUse();
    now += SECOND;
    idle.check();
    assertEquals(List.of("trim", "trim"), calls);
  }

  @Test
  void doesNotTrimWhileAnotherUseGoesOn() {
    IdleModels idle = idle(0);
    idle.beginUse();
    idle.beginUse();
    idle.endUse();
    now += 10 * SECOND;
    idle.check();
    assertEquals(List.of(), calls);
  }

  @Test
  void trimsOnceAMinuteWhileUsesGoOn() {
    IdleModels idle = idle(0);
    now += 300 * SECOND;
    idle.beginUse();
    pass(59, idle);
    assertEquals(List.of(), calls, "before the minute is over");
    pass(1, idle);
    assertEquals(List.of("trim"), calls);
    idle.beginUse();
    idle.endUse();
    pass(59, idle);
    assertEquals(List.of("trim"), calls, "before the second minute is over");
    pass(1, idle);
    assertEquals(List.of("trim", "trim"), calls);
    idle.endUse();
    pass(2, idle);
    assertEquals(List.of("trim", "trim", "trim"), calls, "in the pause");
  }

  private void pass(int seconds, IdleModels idle) {
    for (int i = 0; i < seconds; i++) {
      now += SECOND;
      idle.check();
    }
  }

  @Test
  void closesWhatWasUnusedForTheTimeoutAndTrimsThen() {
    IdleModels idle = idle(30 * SECOND);
    idle.check();
    assertEquals(List.of("close 70"), calls);
    idle.freed();
    idle.check();
    assertEquals(List.of("close 70", "close 70", "trim"), calls);
  }

  /** A scheduled task that throws is not run again. */
  @Test
  void aFaultDoesNotEndTheWatch() {
    IdleModels idle =
        new IdleModels(
            SECOND,
            () -> now,
            new IdleModels.Models() {
              @Override
              public void closeUnusedSince(long nanos) {
                throw new IllegalStateException("the device is gone");
              }

              @Override
              public void trim() {
                calls.add("trim");
              }
            });
    idle.freed();
    idle.check();
    assertEquals(List.of("trim"), calls);
  }
}
