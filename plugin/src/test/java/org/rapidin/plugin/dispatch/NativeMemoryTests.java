package org.rapidin.plugin.dispatch;

import static org.hamcrest.Matchers.containsString;

import java.time.Duration;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryLimitException;
import org.rapidin.attribution.service.NativeLimits;

public class NativeMemoryTests extends OpenSearchTestCase {

  public void testSharesAreOfTheMemoryThatIsNotHeap() {
    assertEquals(300, NativeMemory.parse("30%", "key", 1000).getBytes());
    assertEquals(1L << 30, NativeMemory.parse("1gb", "key", 1000).getBytes());
    for (String bad : new String[] {"0%", "101%", "many%", "-5%"}) {
      Exception e =
          expectThrows(IllegalArgumentException.class, () -> NativeMemory.parse(bad, "key", 1000));
      assertThat(e.getMessage(), containsString("[key] must be a size"));
    }
  }

  /** Refused with the settings: a node hangs if its components cannot be made. */
  public void testASizeOfNothingIsRefusedByTheSetting() {
    for (String bad : new String[] {"0", "0b", "-1", "-1b"}) {
      for (String key :
          new String[] {"plugins.rapidin.native.limit", "plugins.rapidin.model.memory"}) {
        Exception e =
            expectThrows(
                IllegalArgumentException.class,
                () -> NativeMemory.limits(Settings.builder().put(key, bad).build()));
        assertThat(e.getMessage(), containsString("[" + key + "] must be a size above 0"));
      }
    }
  }

  public void testDefaultsLeaveHalfOfTheMemoryToTheRest() {
    NativeLimits limits = NativeMemory.limits(Settings.EMPTY);
    assertTrue(limits.weightBytes() < limits.bytes());
    assertEquals(Duration.ofMinutes(30), limits.idleTimeout());
  }

  public void testSettingsAreRead() {
    NativeLimits limits =
        NativeMemory.limits(
            Settings.builder()
                .put("plugins.rapidin.native.limit", "3gb")
                .put("plugins.rapidin.model.memory", "1gb")
                .put("plugins.rapidin.model.idle_timeout", "10s")
                .build());
    assertEquals(new NativeLimits(3L << 30, 1L << 30, Duration.ofSeconds(10)), limits);
  }

  public void testAWorkerHasOneTorchThreadUnlessThereAreFewerWorkersThanCores() {
    for (int cores = 1; cores <= Math.min(4, Runtime.getRuntime().availableProcessors()); cores++) {
      Settings.Builder settings = Settings.builder().put("node.processors", cores);
      assertEquals(1, LocalGradients.torchThreads(settings.build()));
      assertEquals(
          cores,
          LocalGradients.torchThreads(settings.put("plugins.rapidin.gradient.threads", 1).build()));
      assertEquals(
          1,
          LocalGradients.torchThreads(settings.put("plugins.rapidin.gradient.threads", 9).build()));
    }
  }

  public void testTooLittleMemoryIs429() {
    MemoryBudget budget = new MemoryBudget(10, missing -> {});
    MemoryLimitException full =
        expectThrows(MemoryLimitException.class, () -> budget.reserve("a batch", 11, 0));
    Exception e = GradientFaults.asException(full);
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(e));
    assertThat(e.getMessage(), containsString("a batch needs 11 bytes of native memory"));
  }
}
