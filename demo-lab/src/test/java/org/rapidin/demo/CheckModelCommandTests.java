package org.rapidin.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckModelCommandTests {
  private static final Path DEMO = Path.of("..", DemoFiles.COMMITTED, "models", "demo");

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();

  private int check(Path directory) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .execute("check-model", directory.toString(), "--tokens", "64");
  }

  @Test
  void saysWhatTheDemoIsAndChecksItsAdapters() {
    assertEquals(0, check(DEMO), out.toString());
    String said = out.toString();
    assertTrue(said.contains("llama: 938,624 parameters, 4 layers of 4 heads"), said);
    assertTrue(said.contains("adapter checkpoint-10"), said);
    assertTrue(said.contains("more for a document of 64 tokens"), said);
    assertTrue(said.contains("the gradient and a finite difference differ by"), said);
  }

  @Test
  void namesTheKeysThatAreRefused() throws IOException {
    String config = Files.readString(DEMO.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"), config.replaceFirst("\\{", "{\"clip_qkv\": 8, "));
    assertEquals(1, check(folder));
    String said = out.toString();
    assertTrue(said.contains("refused: config.json: this version does not compute"), said);
    assertTrue(said.contains("[clip_qkv] limits activations"), said);
  }

  @Test
  void namesTheTensorWithANumberThatIsNone() throws IOException {
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(DEMO.resolve(file), folder.resolve(file));
    }
    byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
    Arrays.fill(weights, weights.length - 4, weights.length, (byte) 0xff);
    Files.write(folder.resolve("model.safetensors"), weights);
    assertEquals(1, check(folder), out.toString());
    assertTrue(out.toString().contains("linear layers        refused: "), out.toString());
    assertTrue(out.toString().contains("NaN"), out.toString());
  }

  @Test
  void aFileThatCannotBeReadIsRefused() throws IOException {
    Files.createDirectory(folder.resolve("config.json"));
    assertEquals(1, check(folder), out.toString());
    assertTrue(out.toString().contains("refused: "), out.toString());
  }

  @Test
  void aMissingDirectoryIsNamed() {
    assertEquals(1, check(folder.resolve("absent")));
    assertTrue(out.toString().contains("there is no model [absent]"), out.toString());
  }
}
