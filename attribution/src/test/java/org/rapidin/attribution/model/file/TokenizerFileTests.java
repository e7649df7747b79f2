package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
