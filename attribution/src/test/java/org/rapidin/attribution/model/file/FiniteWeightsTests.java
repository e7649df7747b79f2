package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Weights with NaN are refused, and files that were found finite are not read again. */
class FiniteWeightsTests extends ModelDirectoryTestCase {
  private static final List<String> LORA = List.of("lora");
  private static final String BASE = "model.safetensors";
  private static final String ADAPTER = "lora/adapter_model.safetensors";

  private final FileDigests digests = new FileDigests();

  /** Makes the last number of a file NaN, or 0, and sets the file's time of change. */
  private void setLast(String file, int bits, FileTime changed) throws IOException {
    Path path = folder.resolve(file);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).putInt(0, Integer.reverseBytes(bits));
      channel.write(number, channel.size() - Integer.BYTES);
    }
    Files.setLastModifiedTime(path, changed);
  }

  private FileTime changed(String file) throws IOException {
    return Files.getLastModifiedTime(folder.resolve(file));
  }

  private static FileTime later(FileTime time) {
    return FileTime.fromMillis(time.toMillis() + 1_000);
  }

  private void requireFinite() throws IOException {
    open().requireFinite(digests, LORA, List.of());
  }

  /** Only a file that is read again can be refused. */
  @Test
  void anUnchangedFileIsNotReadAgainAndAChangedOneIs() throws IOException {
    int nan = Float.floatToIntBits(Float.NaN);
    requireFinite();
    for (String file : List.of(BASE, ADAPTER)) {
      FileTime before = changed(file);
      setLast(file, nan, before);
      requireFinite();
      setLast(file, nan, later(before));
      requireRefusal(file + ": tensor [", this::requireFinite);
      requireRefusal("holds NaN or infinity", this::requireFinite);
      setLast(file, 0, later(changed(file)));
      requireFinite();
    }
  }

  @Test
  void aDigestDoesNotCountAsAReadOfNumbers() throws IOException {
    setLast(BASE, Float.floatToIntBits(Float.POSITIVE_INFINITY), changed(BASE));
    String digest = open().digests(digests, LORA).get(BASE);
    requireRefusal(BASE + ": tensor [", this::requireFinite);
    assertEquals(digest, open().digests(digests, LORA).get(BASE));
  }

  /** The size counts too: a copy may keep the time. */
  @Test
  void aFileOfAnotherSizeIsReadAgain() throws IOException {
    requireFinite();
    FileTime before = changed(BASE);
    writeWeights(BASE, base(), TensorType.F16);
    Path file = folder.resolve(BASE);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] = 0x7C; // exponent of infinity in half precision
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, before);
    requireRefusal(BASE + ": tensor [", this::requireFinite);
  }

  @Test
  void everyShardIsRead() throws IOException {
    Files.delete(folder.resolve(BASE));
    List<String> names = base();
    writeWeights("model-1-of-2.safetensors", names.subList(0, 5), TensorType.F32);
    writeWeights("model-2-of-2.safetensors", names.subList(5, names.size()), TensorType.F32);
    StringBuilder map = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      map.append(i == 0 ? "" : ",")
          .append("\"%s\":\"model-%s-of-2.safetensors\"".formatted(names.get(i), i < 5 ? 1 : 2));
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {%s}}".formatted(map));
    requireFinite();
    String last = "model-2-of-2.safetensors";
    setLast(last, Float.floatToIntBits(Float.NaN), later(changed(last)));
    requireRefusal(last + ": tensor [", this::requireFinite);
  }
}
