package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Weights that are read for each pass, and whose file is written to meanwhile. */
class ChangedModelFilesTests extends GradientServiceTestCase {
  private static final String REFUSED = "have changed since the attributor was put";

  private GradientService streaming;
  private Path weights;
  private byte[] bytes;

  @BeforeEach
  void makeStreamingService() throws IOException {
    weights = root.resolve("tiny/model.safetensors");
    bytes = Files.readAllBytes(weights);
    streaming =
        new GradientService(
            root,
            new FileDigests(),
            TestRuntime::get,
            new GradientLimits(1, 4, 1 << 20),
            new NativeLimits(1L << 30, 1, Duration.ZERO),
            NodeParts.none());
  }

  @AfterEach
  void closeStreamingService() {
    streaming.close();
  }

  private CompletionStage<List<GradientResult>> vectors(AttributorSpec spec) throws IOException {
    return streaming.documents(spec, fingerprint(spec), samples(2));
  }

  private static String message(CompletionStage<?> stage) {
    return fault(ModelUnavailableException.class, stage).getMessage();
  }

  /** Other numbers of the same length, in the same file. */
  private void overwrite() throws IOException {
    byte[] other = bytes.clone();
    other[other.length - 1] ^= 1;
    Files.write(weights, other);
  }

  @Test
  void weightsThatAreOverwrittenInPlaceGiveNoVector() throws Exception {
    AttributorSpec spec = spec();
    String known = fingerprint(spec);
    List<GradientResult> before = await(vectors(spec));
    overwrite();
    for (int i = 0; i < 2; i++) {
      String refused = message(streaming.documents(spec, known, samples(2)));
      assertTrue(refused.contains(REFUSED), refused);
    }
    Files.write(weights, bytes);
    List<GradientResult> after = await(streaming.documents(spec, known, samples(2)));
    assertArrayEquals(vector(before.getFirst()), vector(after.getFirst()), 0);
  }

  @Test
  void aTruncatedFileFailsByNameAndNotTheProcess() throws Exception {
    AttributorSpec spec = spec();
    String known = fingerprint(spec);
    await(vectors(spec));
    try (FileChannel file = FileChannel.open(weights, StandardOpenOption.WRITE)) {
      file.truncate(0);
    }
    String refused = message(streaming.documents(spec, known, samples(2)));
    assertTrue(refused.contains(REFUSED), refused);
    Files.write(weights, bytes);
    await(streaming.documents(spec, known, samples(2)));
  }

  /** The file is as it was, but nothing says what was read while it was not. */
  @Test
  void everyAttributorOfAFileThatIsWrittenAgainIsOpenedAgain() throws Exception {
    AttributorSpec one = spec();
    AttributorSpec two = spec("compression", Map.of("dimension", 512));
    List<GradientResult> first = await(vectors(one));
    List<GradientResult> second = await(vectors(two));
    overwrite();
    Files.write(weights, bytes);
    assertArrayEquals(vector(first.getFirst()), vector(await(vectors(one)).getFirst()), 0);
    assertArrayEquals(vector(second.getFirst()), vector(await(vectors(two)).getFirst()), 0);
    assertEquals(1, streaming.nativeStats().models().size());
    assertEquals(2, await(streaming.unload("tiny")));
    assertEquals(0, streaming.nativeStats().usage().reservedBytes());
  }
}
