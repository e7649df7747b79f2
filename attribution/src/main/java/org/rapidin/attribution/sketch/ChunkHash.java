package org.rapidin.attribution.sketch;

/**
 * Where the numbers of R^P go and which sign they get: a pure function of the seed and the absolute
 * position, the same on every machine.
 *
 * <p>Positions are taken in chunks of {@value #CHUNK}. A chunk lands as a whole on consecutive
 * slots that begin anywhere in [0, K), so two positions of different chunks meet in one bucket with
 * probability exactly 1/K, and two of one chunk never do. (A beginning at multiples of the chunk
 * would let positions that are equal modulo the chunk meet {@value #CHUNK} times as often.) Slots
 * from K on are the buckets from 0 on.
 *
 * @param slotKey keys the slots
 * @param signKey keys the signs
 * @param slotShift 64 − log2 K
 */
public record ChunkHash(long slotKey, long signKey, int slotShift) {

  /** Positions per hash: 64, because one hash of 64 bits then signs them all. */
  public static final int CHUNK = 64;

  static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /**
   * The hash of a sketch.
   *
   * @param dimension K, a power of two, at least {@value #CHUNK}
   */
  public static ChunkHash of(long seed, int dimension) {
    long slotKey = mix(seed + GOLDEN_GAMMA);
    long signKey = mix(slotKey + GOLDEN_GAMMA);
    return new ChunkHash(slotKey, signKey, 64 - Integer.numberOfTrailingZeros(dimension));
  }

  /** The slot of the chunk's first position, from 0 to K − 1. */
  public int slot(long chunk) {
    return (int) (mix(slotKey + chunk * GOLDEN_GAMMA) >>> slotShift);
  }

  /** The chunk's signs: bit i is set when its position i is negated. */
  public long signs(long chunk) {
    return mix(signKey + chunk * GOLDEN_GAMMA);
  }

  /** SplitMix64's finaliser (Stafford's variant 13): a bijection in which each bit moves all. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
