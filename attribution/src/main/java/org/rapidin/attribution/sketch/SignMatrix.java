package org.rapidin.attribution.sketch;

/**
 * A matrix of signs with any number of rows and columns: a pure function of the seed, the row and
 * the column, the same on every machine. 64 rows of a column are one word of 64 bits.
 *
 * @param key keys all words
 */
public record SignMatrix(long key) {

  /** Rows of a word. */
  public static final int ROWS = 64;

  /** The matrix of a seed. */
  public static SignMatrix of(long seed) {
    return new SignMatrix(ChunkHash.mix(seed + ChunkHash.GOLDEN_GAMMA));
  }

  /**
   * Fills in the words of consecutive columns.
   *
   * @param block of rows: {@value #ROWS}·block and those after it
   * @param column the first
   * @param words the first {@code count} are filled; bit i is set where row {@value #ROWS}·block +
   *     i is negative
   */
  public void words(int block, long column, int count, long[] words) {
    long rowKey = ChunkHash.mix(key + (block + 1) * ChunkHash.GOLDEN_GAMMA);
    for (int j = 0; j < count; j++) {
      words[j] = ChunkHash.mix(rowKey + (column + j + 1) * ChunkHash.GOLDEN_GAMMA);
    }
  }
}
