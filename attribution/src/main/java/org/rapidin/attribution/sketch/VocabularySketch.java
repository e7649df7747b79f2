package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A count-sketch of vectors as long as a vocabulary, V numbers to B sums: each token has a bucket
 * and a sign. If B is not less than V, the vector itself. Immutable.
 *
 * <p>Token v's word is that of rows 64 to 127 of column v of the seed's {@link SignMatrix}: the
 * upper log2 B bits are its bucket, and its sign is negative where bit 0 is set. (The word of rows
 * 0 to 63 is what {@link ChunkHash} signs a chunk with.) With such words, ⟨Su, Sv⟩ has mean ⟨u, v⟩
 * and variance (‖u‖²‖v‖² + ⟨u,v⟩² − 2Σu_i²v_i²)/B.
 *
 * <p>The result is defined to the bit: sums start at +0 and add ±x in the order of tokens, rounded
 * to float32.
 */
public final class VocabularySketch {
  private final int buckets;

  /** Twice the bucket, plus 1 where the sign is negative; null where there is nothing to do. */
  private final int[] places;

  /**
   * A sketch of a vocabulary.
   *
   * @param tokens V
   * @param buckets B, a power of two, at least 2
   * @param seed decides every bucket and sign
   */
  public VocabularySketch(int tokens, int buckets, long seed) {
    if (tokens < 1 || buckets < 2 || Integer.bitCount(buckets) != 1) {
      throw new IllegalArgumentException(
          "a vocabulary of %s tokens cannot have %s buckets: their number must be a power of two"
              .formatted(tokens, buckets));
    }
    this.buckets = Math.min(tokens, buckets);
    this.places = tokens <= buckets ? null : places(tokens, buckets, seed);
  }

  private static int[] places(int tokens, int buckets, long seed) {
    long[] words = new long[tokens];
    SignMatrix.of(seed).words(1, 0, tokens, words);
    int shift = 64 - Integer.numberOfTrailingZeros(buckets);
    int[] places = new int[tokens];
    for (int v = 0; v < tokens; v++) {
      places[v] = (int) (words[v] >>> shift) << 1 | (int) (words[v] & 1);
    }
    return places;
  }

  /** Returns how many numbers a sketch has: B, or V if it is not more. */
  public int buckets() {
    return buckets;
  }

  /** Returns whether a sketch is the vector itself. */
  public boolean isIdentity() {
    return places == null;
  }

  /**
   * Sketches some vectors, if it {@linkplain #isIdentity does anything}.
   *
   * @param vectors float32 [n, V]
   * @param sums float32 [n, B]; replaced
   */
  public void apply(MemorySegment vectors, MemorySegment sums) {
    float[] row = new float[buckets];
    long rows = sums.byteSize() / Float.BYTES / buckets;
    for (long n = 0; n < rows; n++) {
      Arrays.fill(row, 0);
      long first = n * places.length;
      for (int v = 0; v < places.length; v++) {
        int place = places[v];
        int bits = vectors.getAtIndex(ValueLayout.JAVA_INT, first + v);
        row[place >> 1] += Float.intBitsToFloat(bits ^ place << 31);
      }
      MemorySegment.copy(row, 0, sums, ValueLayout.JAVA_FLOAT, n * buckets * Float.BYTES, buckets);
    }
  }
}
