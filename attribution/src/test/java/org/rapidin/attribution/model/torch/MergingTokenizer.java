package org.rapidin.attribution.model.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes a BPE tokenizer.json of printable characters, other ones unknown, with given merges. */
final class MergingTokenizer {
  private MergingTokenizer() {}

  /**
   * @param preTokenizer JSON of the pre-tokenizer
   * @param merges two tokens with a blank between them, first rank first
   */
  static Path write(Path file, String preTokenizer, List<String> merges) throws IOException {
    Set<String> tokens = new LinkedHashSet<>(List.of("<s>", "</s>", "<unk>"));
    for (char c = '!'; c <= '~'; c++) {
      tokens.add(String.valueOf(c));
    }
    merges.forEach(
        merge -> {
          tokens.addAll(List.of(merge.split(" ")));
          tokens.add(merge.replace(" ", ""));
        });
    int[] id = {0};
    String vocabulary =
        tokens.stream()
            .map(token -> "\"%s\": %s".formatted(escaped(token), id[0]++))
            .collect(Collectors.joining(", "));
    String ranks =
        merges.stream().map(merge -> '"' + escaped(merge) + '"').collect(Collectors.joining(", "));
    return Files.writeString(
        file,
        """
        {"version": "1.0", "added_tokens": [{"id": 0, "content": "<s>", "special": true,
           "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
         "pre_tokenizer": %s,
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
             {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}},
             {"Sequence": {"id": "B", "type_id": 0}}],
           "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
         "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": false, "byte_fallback": false,
           "vocab": {%s}, "merges": [%s]}}
        """
            .formatted(preTokenizer, vocabulary, ranks));
  }

  private static String escaped(String token) {
    return token.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
