package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchRuntime;

/** A service of the tiny model whose worker waits at a gate. */
abstract class GradientServiceTestCase extends AttributorTestCase {
  static final NativeLimits MEMORY = new NativeLimits(1L << 30, 1L << 30, Duration.ofSeconds(2));

  /** Holds the worker at the start of libtorch until it is counted down. */
  final CountDownLatch gate = new CountDownLatch(1);

  final AtomicReference<String> worker = new AtomicReference<>();
  final AtomicReference<Error> startError = new AtomicReference<>();
  String fingerprint;
  GradientService service;

  @BeforeEach
  void makeService() throws IOException {
    fingerprint = fingerprint(spec());
    service =
        new GradientService(
            root,
            new FileDigests(),
            this::startWhenOpen,
            new GradientLimits(1, 4, 1024 * 4 * 10 * 10 / 9), // for documents 3 and 40,960
            MEMORY,
            NodeParts.none());
  }

  @AfterEach
  void closeService() {
    gate.countDown();
    service.close();
  }

  TorchRuntime startWhenOpen() {
    worker.set(Thread.currentThread().getName());
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new ModelUnavailableException("interrupted", e);
    }
    if (startError.get() != null) {
      throw startError.get();
    }
    return TestRuntime.get();
  }

  String fingerprint(AttributorSpec spec) throws IOException {
    ModelDirectory directory = ModelDirectory.open(root, spec.model());
    return Fingerprint.of(spec, directory.digests(new FileDigests(), List.of("one")));
  }

  CompletionStage<List<GradientResult>> documents(List<Sample> samples) {
    return service.documents(spec(), fingerprint, samples);
  }

  static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  static <T extends Throwable> T fault(Class<T> type, CompletionStage<?> stage) {
    ExecutionException e = assertThrows(ExecutionException.class, () -> await(stage));
    return assertInstanceOf(type, e.getCause());
  }
}
