package org.rapidin.attribution.service;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.model.torch.TestRuntime;

/** What a service answers, and which models it loads and unloads. */
class GradientServiceTests extends GradientServiceTestCase {

  @Test
  void answersAsTheAttributorDoes() throws Exception {
    gate.countDown();
    List<Sample> samples = new ArrayList<>(samples(3));
    samples.add(new Sample("", ""));
    try (Attributor attributor = open(spec())) {
      List<GradientResult> wanted = attributor.documents(samples);
      List<GradientResult> got = await(documents(samples));
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(vector(wanted.get(i)), vector(got.get(i)), 0);
      }
      assertEquals(wanted.get(3), got.get(3));
      Sample generation = samples.getFirst();
      TokenSelection all = new TokenSelection.All();
      QueryGradient query =
          await(service.query(spec(), fingerprint, generation, all, false, Optional.empty()));
      assertEquals(fingerprint, query.fingerprint());
      assertArrayEquals(attributor.query(generation, all, false).vector(), query.vector(), 0);
    }
    GradientStats stats = service.stats();
    assertEquals(3, stats.documents());
    assertEquals(1, stats.failures());
    assertEquals(1, stats.queries());
    assertEquals(0, stats.waiting());
    assertTrue(stats.tokens() > 3 && stats.computingNanos() > 0);
    assertTrue(stats.paddedTokens() >= stats.tokens());
    assertEquals(TinyModelDirectory.MODEL, stats.models().getFirst().model());
    assertTrue(stats.models().getFirst().bytes() > 4 * 2 * 100 * 16);
  }

  @Test
  void largeRequestsAreComputedAsTheAttributorDoes() throws Exception {
    gate.countDown();
    try (Attributor attributor = open(spec());
        GradientService two =
            new GradientService(
                root,
                new FileDigests(),
                TestRuntime::get,
                new GradientLimits(2, 3, 1 << 20),
                MEMORY,
                NodeParts.none())) {
      List<Sample> samples = new ArrayList<>(samples(100));
      samples.set(50, new Sample("", ""));
      List<GradientResult> wanted = attributor.documents(samples);
      List<GradientResult> got = await(two.documents(spec(), fingerprint, samples));
      assertEquals(wanted.get(50), got.get(50));
      for (int i = 0; i < 100; i++) {
        if (i != 50) {
          assertArrayEquals(vector(wanted.get(i)), vector(got.get(i)), 0);
        }
      }
      assertEquals(99, two.stats().documents());
    }
  }

  @Test
  void badSelectionIsTheUsersFault() {
    gate.countDown();
    TokenSelection nowhere = new TokenSelection.Span("nowhere");
    fault(
        IllegalArgumentException.class,
        service.query(
            spec(), fingerprint, samples(1).getFirst(), nowhere, false, Optional.empty()));
  }

  @Test
  void tokenVectorsBeyondTheLimitAreRefused() {
    Sample generation = new Sample("", "a completion of many characters");
    String message =
        fault(
                IllegalArgumentException.class,
                service.query(
                    spec(),
                    fingerprint,
                    generation,
                    new TokenSelection.All(),
                    true,
                    Optional.empty()))
            .getMessage();
    assertTrue(message.startsWith("vectors of 31 tokens may take 131072 bytes"), message);
  }

  @Test
  void changedFilesAreRefusedByName() throws Exception {
    gate.countDown();
    Path adapter = root.resolve("tiny/one/adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(adapter);
    bytes[bytes.length - 1] ^= 1;
    Files.write(adapter, bytes);
    String message = fault(ModelUnavailableException.class, documents(samples(1))).getMessage();
    assertTrue(message.contains("model [tiny]"), message);
    assertTrue(message.contains("one/adapter_model.safetensors"), message);
  }

  /** The old file stays mapped, so its numbers stay; the new one is noticed with the next load. */
  @Test
  void row52AFileThatIsSwappedWhileTheModelIsLoadedIsRefusedAtTheNextLoad() throws Exception {
    gate.countDown();
    List<GradientResult> before = await(documents(samples(1)));
    Path weights = root.resolve("tiny/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.move(Files.write(root.resolve("new"), bytes), weights, REPLACE_EXISTING);
    assertArrayEquals(vector(before.getFirst()), vector(await(documents(samples(1))).getFirst()));
    assertEquals(1, await(service.unload("tiny")));
    String message = fault(ModelUnavailableException.class, documents(samples(1))).getMessage();
    assertTrue(message.contains("model.safetensors"), message);
  }

  @Test
  void missingModelsAndNativesAreUnavailable() throws Exception {
    gate.countDown();
    AttributorSpec absent = spec("model", "absent");
    String message =
        fault(ModelUnavailableException.class, service.documents(absent, fingerprint, samples(1)))
            .getMessage();
    assertTrue(message.contains("there is no model [absent]"), message);
    Files.delete(root.resolve("tiny/one/adapter_config.json"));
    message = fault(ModelUnavailableException.class, documents(samples(1))).getMessage();
    assertTrue(message.contains("lacks one/adapter_config.json"), message);
    TinyModelDirectory.write(root);
    try (GradientService bare =
        new GradientService(
            root,
            new FileDigests(),
            () -> {
              throw new ModelUnavailableException("no natives here");
            },
            new GradientLimits(1, 1, 1),
            MEMORY,
            NodeParts.none())) {
      assertEquals(
          "no natives here",
          fault(ModelUnavailableException.class, bare.documents(spec(), fingerprint, samples(1)))
              .getMessage());
    }
  }

  @Test
  void unloadedModelIsOpenedAgain() throws Exception {
    gate.countDown();
    assertTrue(await(service.load(spec(), fingerprint)) > 0);
    assertEquals(1, service.stats().models().size());
    assertEquals(1, await(service.unload("tiny")));
    assertEquals(List.of(), service.stats().models());
    assertEquals(0, await(service.unload("tiny")));
    await(documents(samples(1)));
    assertEquals(1, service.stats().models().size());
  }

  @Test
  @Timeout(60)
  void aModelThatNobodyUsesIsUnloadedAfterTheTimeout() throws Exception {
    gate.countDown();
    await(documents(samples(1)));
    assertEquals(1, service.stats().models().size());
    while (!service.stats().models().isEmpty()) {
      Thread.sleep(50);
    }
    await(documents(samples(1)));
    assertEquals(1, service.stats().models().size());
  }
}
