package org.rapidin.attribution.sketch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenVectorsTests {

  private static List<String> golden() throws IOException {
    return lines("golden-vectors.txt");
  }

  private static List<String> allGolden() throws IOException {
    List<String> all = new ArrayList<>(golden());
    all.addAll(lines("golden-random.txt"));
    return all;
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in = GoldenVectorsTests.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), UTF_8).lines().toList();
    }
  }

  @Test
  void thisJvmGivesTheGoldenBits() throws IOException {
    assertEquals(golden(), GoldenVectors.lines(StreamingSketch::new));
    assertEquals(lines("golden-random.txt"), GoldenVectors.randomLines());
  }

  @Test
  void threadsThatShareASketchGiveTheGoldenBits() throws Exception {
    Map<List<Long>, StreamingSketch> shared = new ConcurrentHashMap<>();
    Callable<List<String>> all =
        () ->
            GoldenVectors.lines(
                (dimension, seed) ->
                    shared.computeIfAbsent(
                        List.of((long) dimension, seed),
                        key -> new StreamingSketch(dimension, seed)));
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<List<String>> lines : threads.invokeAll(Collections.nCopies(8, all))) {
        assertEquals(golden(), lines.get());
      }
    }
  }

  /** The width of vectors is a matter of the JVM; 8 bytes are too narrow, so plain Java serves. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 64})
  void everyVectorWidthGivesTheGoldenBits(int bytes) throws Exception {
    assertEquals(
        allGolden(), printedBy("--add-modules=jdk.incubator.vector", "-XX:MaxVectorSize=" + bytes));
  }

  @Test
  void aJvmWithoutTheVectorModuleGivesTheGoldenBits() throws Exception {
    assertEquals(allGolden(), printedBy());
  }

  private static List<String> printedBy(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp", root(GradientSketch.class) + File.pathSeparator + root(GoldenVectors.class)));
    command.add(GoldenVectors.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<String> lines = process.inputReader(UTF_8).lines().toList();
    assertEquals(0, process.waitFor());
    return lines;
  }

  private static Path root(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
