package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mapped file that changes between two reads, or during one. */
class WatchedFileTests {
  private static final String TENSOR = "model.norm.weight";

  @TempDir Path root;
  private Path path;

  @BeforeEach
  void writeModel() throws IOException {
    TinyModelDirectory.write(root);
    path = root.resolve("tiny/model.safetensors");
  }

  private static float first(MemorySegment bytes) {
    return bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
  }

  /** As {@code cp} over the file does, half-way. */
  private void truncate() {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPageThatIsGoneDuringTheReadIsAChangedFile() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      file.read(TENSOR, WatchedFileTests::first);
      ModelFileChangedException e =
          assertThrows(
              ModelFileChangedException.class,
              () ->
                  file.read(
                      TENSOR,
                      bytes -> {
                        truncate();
                        return first(bytes);
                      }));
      assertInstanceOf(InternalError.class, e.getCause());
      assertEquals("model.safetensors", e.file());
      requireUnusable(file);
    }
  }

  @Test
  void whatWasReadWhileTheFileChangedDoesNotCount() throws IOException {
    FileTime time = Files.getLastModifiedTime(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertTrue(file.isCurrent());
      assertThrows(
          ModelFileChangedException.class,
          () ->
              file.read(
                  TENSOR,
                  bytes -> {
                    touch(time.toInstant().plusNanos(1));
                    return first(bytes);
                  }));
      touch(time.toInstant()); // too late
      requireUnusable(file);
    }
    try (SafetensorsFile again = SafetensorsFile.open(path)) {
      again.read(TENSOR, WatchedFileTests::first);
    }
  }

  private void touch(Instant time) {
    try {
      Files.setLastModifiedTime(path, FileTime.from(time));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFileThatWasDeletedOrReplacedIsAChangedFile() throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    FileTime time = Files.getLastModifiedTime(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Path other = Files.write(root.resolve("other"), bytes);
      Files.delete(path);
      requireUnusable(file);
      try (SafetensorsFile moved = SafetensorsFile.open(other)) {
        Files.copy(other, path);
        touch(time.toInstant());
        requireUnusable(file);
        assertTrue(moved.isCurrent());
      }
    }
  }

  private static void requireUnusable(SafetensorsFile file) {
    assertFalse(file.isCurrent());
    assertThrows(ModelFileChangedException.class, () -> file.read(TENSOR, WatchedFileTests::first));
    assertThrows(
        ModelFileChangedException.class,
        () -> file.readFloats(TENSOR, 0, MemorySegment.ofArray(new float[1])));
  }
}
