package org.rapidin.attribution.model.decoder.composed;

import java.util.Arrays;

/** Which tokens pass which expert, and where their outputs are. */
final class ExpertRoutes {
  private final int[] widths;
  private final long[][] tokens;
  private final long[] places;

  /**
   * @param chosen experts of each token, rows × length × experts per token
   * @param experts how many there are
   */
  ExpertRoutes(long[] chosen, int rows, int length, int experts) {
    int perToken = chosen.length / (rows * length);
    int perRow = length * perToken;
    int[][] counts = new int[experts][rows];
    int[] slots = new int[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      slots[i] = counts[(int) chosen[i]][i / perRow]++;
    }
    // An expert that no token chose gets one token, so that its gradient is zero and not missing.
    widths =
        Arrays.stream(counts)
            .mapToInt(of -> Math.max(1, Arrays.stream(of).max().orElse(1)))
            .toArray();
    tokens = new long[experts][];
    int[] starts = new int[experts];
    int end = 0;
    for (int expert = 0; expert < experts; expert++) {
      tokens[expert] = new long[rows * widths[expert]];
      starts[expert] = end;
      end += tokens[expert].length;
    }
    places = new long[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      int expert = (int) chosen[i];
      int at = i / perRow * widths[expert] + slots[i];
      tokens[expert][at] = i / perToken;
      places[i] = (long) starts[expert] + at;
    }
  }

  /** How many tokens of each row an expert is given. */
  int width(int expert) {
    return widths[expert];
  }

  /** The tokens that an expert is given, rows × width: indices into rows × length. */
  long[] tokens(int expert) {
    return tokens[expert];
  }

  /** For each token and choice, where its output is among the outputs of all experts. */
  long[] places() {
    return places;
  }
}
