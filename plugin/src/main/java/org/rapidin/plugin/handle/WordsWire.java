package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.Word;

/** Reads and writes the words that tokens are parts of. */
public final class WordsWire {
  private WordsWire() {}

  /** Writes words. */
  public static void write(StreamOutput out, List<Word> words) throws IOException {
    out.writeCollection(
        words,
        (to, word) -> {
          to.writeString(word.text());
          to.writeVInt(word.tokens());
        });
  }

  /** Reads what {@link #write} wrote. */
  public static List<Word> read(StreamInput in) throws IOException {
    return in.readList(from -> new Word(from.readString(), from.readVInt()));
  }
}
