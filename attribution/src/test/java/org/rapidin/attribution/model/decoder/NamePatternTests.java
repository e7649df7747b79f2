package org.rapidin.attribution.model.decoder;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Patterns that an adapter brings, on stacks as small as those of threads. */
class NamePatternTests {
  private static final int SMALL = 160 << 10;

  /** The fault of compiling and matching a pattern on a stack of some bytes; null for none. */
  private static Throwable fault(long stackBytes, String pattern, String name)
      throws InterruptedException {
    AtomicReference<Throwable> fault = new AtomicReference<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                NamePattern compiled = new NamePattern("target_modules", pattern);
                compiled.matches(name);
                compiled.start(name);
              } catch (Throwable e) {
                fault.set(e);
              }
            },
            "pattern",
            stackBytes);
    thread.start();
    thread.join();
    return fault.get();
  }

  private static void requireRefused(Throwable fault, String reason) {
    assertTrue(fault instanceof IllegalArgumentException, String.valueOf(fault));
    assertTrue(fault.getMessage().startsWith("target_modules: "), fault.getMessage());
    assertTrue(fault.getMessage().contains(reason), fault.getMessage());
    assertTrue(fault.getMessage().length() < 400, fault.getMessage());
  }

  @Test
  void twoThousandNestedGroupsAreRefusedWhereTheyDoNotFitTheStack() throws InterruptedException {
    String nested = "(".repeat(2000) + "q_proj" + ")".repeat(2000);
    String deep = "…] is not a regular expression: Stack overflow";
    Throwable large = fault(1 << 20, nested, "q_proj");
    if (large != null) {
      requireRefused(large, deep);
    }
    requireRefused(fault(SMALL, nested, "q_proj"), deep);
    assertNull(fault(SMALL, "(".repeat(10) + "q_proj" + ")".repeat(10), "q_proj"));
  }

  /** Each repetition is a call. */
  @Test
  void aMatchThatDoesNotFitTheStackIsRefused() throws InterruptedException {
    requireRefused(fault(SMALL, "(a|b)*", "ab".repeat(10_000)), "repeats groups too often");
  }
}
