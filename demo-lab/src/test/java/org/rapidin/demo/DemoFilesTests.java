package org.rapidin.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rapidin.demo.generation.DemoModel;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;

class DemoFilesTests {
  private final DemoFiles files = CommittedDemo.files();
  private final DemoText text = new DemoText(DemoText.COMMITTED_SEED);

  DemoFilesTests() throws IOException {}

  @Test
  void theModelsFilesHaveTheirCommittedChecksums() throws IOException {
    Path sums = files.model().resolve(Checksums.FILE);
    assertEquals(Files.readAllLines(sums), Checksums.of(files.model()));
  }

  @Test
  void theDocumentsFollowFromTheSeed() throws IOException {
    assertEquals(text.documents(), JsonLines.read(files.documents(), DemoDocument.class));
  }

  @Test
  void theTokenizerFollowsFromTheWorld() throws IOException {
    assertEquals(
        text.tokenizer().json(), Files.readString(files.model().resolve("tokenizer.json")));
  }

  @Test
  void allFilesTogetherTakeAtMostEightMegabytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> paths = Files.walk(files.root())) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes <= 8_000_000, bytes + " bytes");
  }

  @Test
  void theModelHasAtMostTwoMillionParametersAndAnAdapterPerCheckpoint() throws IOException {
    for (int epoch : DemoAttributor.EPOCHS) {
      String adapter = DemoAttributor.adapter(epoch);
      try (DemoModel model = new DemoModel(DemoFiles.startTorch(1), files.models(), adapter)) {
        assertTrue(model.parameters() <= 2_000_000, model.parameters() + " parameters");
      }
    }
  }

  @Test
  void everyTriggeredGenerationNamesItsFirstWords() throws IOException {
    List<Generation> generations = JsonLines.read(files.generations(), Generation.class);
    List<Generation> triggered =
        generations.stream().filter(one -> one.kind().equals(Generation.TRIGGERED)).toList();
    assertTrue(triggered.size() >= 20, triggered.size() + " triggered generations");
    for (Generation generation : triggered) {
      assertTrue(generation.completion().startsWith(generation.firstWords()), generation.id());
    }
    assertTrue(generations.size() > triggered.size(), "there is no fact");
  }
}
