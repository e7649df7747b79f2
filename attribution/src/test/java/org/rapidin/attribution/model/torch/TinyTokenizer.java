package org.rapidin.attribution.model.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a byte-level BPE tokenizer.json with 2 special tokens, 256 bytes and 3 merges. */
public final class TinyTokenizer {
  static final int BOS = 0;
  static final int EOS = 1;

  private TinyTokenizer() {}

  /** Id of the token that is one byte. */
  public static int byteToken(int value) {
    return 2 + value;
  }

  /**
   * @param first whether a {@code <s>} is put before every text
   */
  public static Path write(Path file, boolean first) throws IOException {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    vocabulary.put("<s>", BOS);
    vocabulary.put("</s>", EOS);
    int moved = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      vocabulary.put(Character.toString(printable ? b : moved++), byteToken(b));
    }
    for (String merge : new String[] {"a b", "Ġ w", "l l"}) {
      vocabulary.put(merge.replace(" ", ""), vocabulary.size());
    }
    StringBuilder vocab = new StringBuilder();
    vocabulary.forEach(
        (token, id) ->
            vocab
                .append(vocab.isEmpty() ? "" : ",")
                .append('"')
                .append(token.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\":")
                .append(id));
    return Files.writeString(
        file,
        """
        {"version": "1.0", "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0,
           "direction": "Right"}, "padding": null,
         "added_tokens": [%s, %s], "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
           "use_regex": true},
         "post_processor": %s, "decoder": {"type": "ByteLevel",
           "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
         "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false,
           "byte_fallback": false, "vocab": {%s}, "merges": ["a b", "Ġ w", "l l"]}}
        """
            .formatted(special(0, "<s>"), special(1, "</s>"), first ? FIRST : "null", vocab));
  }

  private static final String FIRST =
      """
      {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}},
        {"Sequence": {"id": "B", "type_id": 1}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}""";

  private static String special(int id, String token) {
    return """
    {"id": %s, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
     "normalized": false, "special": true}"""
        .formatted(id, token);
  }
}
