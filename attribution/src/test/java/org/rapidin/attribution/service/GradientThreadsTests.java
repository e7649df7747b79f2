package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.torch.TestRuntime;

/** OpenMP would start as many threads as there are cores for each gradient thread. */
@EnabledOnOs(OS.LINUX)
class GradientThreadsTests extends GradientServiceTestCase {
  /** The kernel keeps 15 characters, the first or, from the JVM, the first and the last. */
  private static final String NAME = "rapidin-gradien|rapidin\\.\\..*ent-\\d+";

  /** Native threads with the name of gradient threads, which those that they start have, too. */
  private static long threads() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.filter(GradientThreadsTests::isGradient).count();
    }
  }

  private static boolean isGradient(Path task) {
    try {
      return Files.readString(task.resolve("comm")).strip().matches(NAME);
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }

  @Test
  void aGradientThreadThatDidNotOpenTheModelComputesAloneToo() throws Exception {
    TestRuntime.get();
    gate.countDown();
    long before = threads();
    service.load(spec(), fingerprint).get(1, TimeUnit.MINUTES);
    long opened = threads();
    assertEquals(1, opened - before);
    try (GradientService second =
        new GradientService(
            root,
            new FileDigests(),
            TestRuntime::get,
            new GradientLimits(2, 40, 1 << 30),
            MEMORY,
            NodeParts.none())) {
      for (int i = 0; i < 20; i++) {
        Sample text = new Sample("Q" + i, " is an answer");
        second
            .query(spec(), fingerprint, text, new TokenSelection.All(), false, Optional.empty())
            .get(1, TimeUnit.MINUTES);
        second.documents(spec(), fingerprint, List.of(text)).get(1, TimeUnit.MINUTES);
      }
      assertEquals(2, threads() - opened);
    }
  }
}
