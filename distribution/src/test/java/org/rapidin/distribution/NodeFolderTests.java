package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a log is shown whatever the node printed before it died. */
class NodeFolderTests {
  @TempDir Path folder;

  @Test
  void bytesThatAreNotUtf8DoNotHideTheEndOfTheLog() throws IOException {
    NodeFolder node = new NodeFolder(folder);
    Files.write(node.log(), new byte[] {'a', (byte) 0xFF, '\n'});
    append(node, "Terminating due to java.lang.OutOfMemoryError: Java heap space\n");
    assertTrue(node.tail().endsWith("OutOfMemoryError: Java heap space"), node.tail());
  }

  @Test
  void theLastThirtyLinesAreShown() throws IOException {
    NodeFolder node = new NodeFolder(folder);
    assertTrue(node.tail().contains("FileNotFoundException"), node.tail());
    Files.createFile(node.log());
    assertEquals("", node.tail());
    append(node, "ä\n".repeat(100_000) + "the end\n");
    assertEquals("ä\n".repeat(29) + "the end", node.tail());
  }

  @Test
  void oneLongLineIsCut() throws IOException {
    NodeFolder node = new NodeFolder(folder);
    Files.createFile(node.log());
    append(node, "x".repeat(1 << 20) + " the end");
    assertTrue(node.tail().length() < 100_000);
    assertTrue(node.tail().endsWith("x the end"));
  }

  private static void append(NodeFolder node, String text) throws IOException {
    Files.write(node.log(), text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
  }
}
