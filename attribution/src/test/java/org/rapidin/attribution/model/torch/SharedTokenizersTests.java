package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryLimitException;
import org.rapidin.attribution.model.file.ModelFileChangedException;
import org.rapidin.attribution.model.file.TinyModelDirectory;

class SharedTokenizersTests {
  private static final Sample SAMPLE = new Sample("One day", " it rained.");

  @TempDir Path root;
  private final SharedTokenizers tokenizers = new SharedTokenizers();
  private final MemoryBudget budget = new MemoryBudget(1 << 20, wanted -> {});

  private Path write(String model) throws IOException {
    TinyModelDirectory.write(root.resolve(model));
    return root.resolve(model).resolve("tiny/tokenizer.json");
  }

  private SharedTokenizers.Share open(Path file) throws IOException {
    return tokenizers.open(TestRuntime.get(), file, budget);
  }

  @Test
  void equalFilesHaveOneTokenizerUntilItsLastUserLeaves() throws IOException {
    SharedTokenizers.Share one = open(write("one"));
    SharedTokenizers.Share two = open(write("two"));
    assertSame(one.tokenizer(), two.tokenizer());
    assertEquals(1, tokenizers.count());
    assertEquals(one.bytes(), budget.usage().reservedBytes());
    assertTrue(one.bytes() >= 10 * Files.size(root.resolve("two/tiny/tokenizer.json")));
    long[] ids = one.tokenizer().encode(SAMPLE, 100).ids();
    one.close();
    one.close();
    assertArrayEquals(ids, two.tokenizer().encode(SAMPLE, 100).ids());
    two.close();
    assertEquals(0, tokenizers.count());
    assertEquals(0, budget.usage().reservedBytes());
    try (SharedTokenizers.Share again = open(write("one"))) {
      assertNotSame(one.tokenizer(), again.tokenizer());
      assertArrayEquals(ids, again.tokenizer().encode(SAMPLE, 100).ids());
    }
  }

  @Test
  void aTokenizerThatDoesNotFitIsRefused() throws IOException {
    Path file = write("one");
    MemoryBudget little = new MemoryBudget(Files.size(file), wanted -> {});
    assertThrows(
        MemoryLimitException.class, () -> tokenizers.open(TestRuntime.get(), file, little));
    assertEquals(0, tokenizers.count());
    assertEquals(0, little.usage().reservedBytes());
  }

  @Test
  void aFileThatChangedIsAnotherTokenizer() throws IOException {
    Path file = write("one");
    try (SharedTokenizers.Share before = open(file)) {
      Files.writeString(file, "\n", StandardOpenOption.APPEND);
      try (SharedTokenizers.Share after = open(file)) {
        assertNotSame(before.tokenizer(), after.tokenizer());
        assertEquals(2, tokenizers.count());
      }
    }
    assertEquals(0, tokenizers.count());
  }

  /** A text that spells a special token in a field needs a second tokenizer of the same file. */
  @Test
  void theFileIsNotReadAgainOnceItHasChanged() throws IOException {
    Path file = write("one");
    Sample spelled = new Sample("Say: <s>", "it", List.of(new TextRange(5, 8)));
    try (SharedTokenizers.Share share = open(file)) {
      Files.writeString(file, "\n", StandardOpenOption.APPEND);
      ModelFileChangedException e =
          assertThrows(
              ModelFileChangedException.class, () -> share.tokenizer().encode(spelled, 100));
      assertEquals("tokenizer.json", e.file());
      share.tokenizer().encode(SAMPLE, 100);
    }
  }

  /** The second tokenizer is made of the file of the first user. */
  @Test
  void aFileThatIsGoneDoesNotFailTheUsersOfAnother() throws IOException {
    Path file = write("one");
    Sample spelled = new Sample("Say: <s>", "it", List.of(new TextRange(5, 8)));
    try (SharedTokenizers.Share one = open(file)) {
      Files.delete(file);
      try (SharedTokenizers.Share two = open(write("two"))) {
        assertNotSame(one.tokenizer(), two.tokenizer());
        two.tokenizer().encode(spelled, 100);
      }
    }
  }
}
