package org.rapidin.benchmarks.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.rapidin.benchmarks.node.Peer;

/**
 * RapidIn's retrieval, which loads one file a sample and multiplies it with the query, on few files
 * that stay in the page cache. The script is a peer's: {@link Peer}.
 *
 * @param secondsPerSample of one thread
 */
public record FilePerSample(double secondsPerSample) {
  /** Files that are measured; more are extrapolated. */
  public static final int FILES = 2000;

  private static final String CASE = "torch.load + sum(fp16 product)";
  private static final String FIGURE = "s_per_52k_docs";
  private static final int OF_FIGURE = 52_000;

  /**
   * Measures.
   *
   * @param folder for the files, which are deleted
   * @return nothing if the peer's script is not there
   */
  public static Optional<FilePerSample> measure(Path folder)
      throws IOException, InterruptedException {
    Optional<List<JsonNode>> lines =
        Peer.read("loadonly.py", "--work", folder.toString(), "--files", Integer.toString(FILES));
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    for (JsonNode line : lines.get()) {
      if (line.path("case").asText().equals(CASE)) {
        return Optional.of(new FilePerSample(line.path(FIGURE).asDouble() / OF_FIGURE));
      }
    }
    throw new IOException("the peer printed no line of the case [%s]".formatted(CASE));
  }
}
