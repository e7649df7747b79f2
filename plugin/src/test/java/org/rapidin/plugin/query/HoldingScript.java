package org.rapidin.plugin.query;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.opensearch.script.MockScriptPlugin;

/**
 * The script {@code hold}: searches wait in it for the test. OpenSearch makes plugins itself, so
 * the gate is a static.
 */
public final class HoldingScript extends MockScriptPlugin {
  private static volatile Gate gate = new Gate();

  private static final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);
    private final AtomicInteger passed = new AtomicInteger();

    private Object pass() {
      reached.countDown();
      try {
        if (!opened.await(60, TimeUnit.SECONDS)) {
          throw new AssertionError("the test did not open the gate");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return passed.incrementAndGet() > 0;
    }
  }

  /** Holds what comes from now on. */
  public static void hold() {
    gate = new Gate();
  }

  /** Lets go what is held, and what comes. */
  public static void open() {
    gate.opened.countDown();
  }

  /** Whether something was held within 30 seconds. */
  public static boolean awaitReached() throws InterruptedException {
    return gate.reached.await(30, TimeUnit.SECONDS);
  }

  /** How many documents passed. */
  static int passed() {
    return gate.passed.get();
  }

  @Override
  protected Map<String, Function<Map<String, Object>, Object>> pluginScripts() {
    return Map.of("hold", variables -> gate.pass());
  }
}
