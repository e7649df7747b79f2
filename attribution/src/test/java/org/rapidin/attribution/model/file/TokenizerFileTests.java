package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFileTests {
  @TempDir Path folder;

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("tokenizer.json"), json);
  }

  @Test
  void aFileOfTooManyBytesIsNotRead() throws IOException {
    Path file = write("{\"model\": {}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file, 10));
    assertEquals("tokenizer.json has 13 bytes, at most 10 are accepted", e.getMessage());
  }

  /** BPE with dropout leaves out merges at random: a text would have other tokens each time. */
  @Test
  void aTokenizerWithDropoutIsRefused() throws IOException {
    for (String harmless : List.of("null", "0.0", "0")) {
      String json = "{\"model\": {\"dropout\": %s, \"vocab\": {\"abc\": 0}}}".formatted(harmless);
      assertEquals(3, TokenizerFile.read(write(json)).longestToken());
    }
    Path file = write("{\"model\": {\"vocab\": {}, \"dropout\": 0.1}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file));
    assertEquals(
        "tokenizer.json has a dropout of 0.1, so that a text has other tokens each time: set"
            + " model.dropout to null",
        e.getMessage());
  }

  @Test
  void theLongestTokenIsFoundInEveryKindOfVocabulary() throws IOException {
    String unigram =
        """
        {"added_tokens": [{"id": 3, "content": "<|x|>"}], "decoder": {"type": "a long name"},
         "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["\u2581lantern", -3]]}}
        """;
    assertEquals(8, TokenizerFile.read(write(unigram)).longestToken());
    String added =
        """
        {"added_tokens": [{"id": 3, "content": "<|im_start|>x", "single_word": false}],
         "model": {"vocab": {"a": 0, "abc": 1}}}
        """;
    assertEquals(13, TokenizerFile.read(write(added)).longestToken());
    assertEquals(
        3, TokenizerFile.read(write("{\"model\": {\"vocab\": {\"abc\": 0}}}")).longestToken());
    assertEquals(1, TokenizerFile.read(write("{\"model\": {\"vocab\": {}}}")).longestToken());
  }
}
