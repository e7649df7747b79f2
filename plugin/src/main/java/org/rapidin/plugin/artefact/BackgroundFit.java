package org.rapidin.plugin.artefact;

import java.io.DataOutputStream;
import java.io.IOException;
import org.rapidin.attribution.fitted.Background;

/** Makes a {@link Background} of a sample. */
final class BackgroundFit {
  private BackgroundFit() {}

  /**
   * Writes vectors as they are read.
   *
   * @param reader of one sample
   * @param out is not closed
   * @param fingerprint of the attributor that made the vectors
   * @param dimension K
   * @return how many vectors were written
   * @throws IllegalArgumentException if there are too few
   */
  static int write(SampleReader reader, DataOutputStream out, String fingerprint, int dimension)
      throws IOException {
    Background.Writer background = new Background.Writer(out, fingerprint, dimension);
    reader.read(reader.drawn().getFirst(), 0, background::add);
    if (background.count() < ArtefactType.LEAST_BACKGROUND) {
      throw new IllegalArgumentException(
          "a background needs at least %s documents with a vector, the query matches %s: use another query or more indices"
              .formatted(ArtefactType.LEAST_BACKGROUND, background.count()));
    }
    background.finish();
    return background.count();
  }
}
