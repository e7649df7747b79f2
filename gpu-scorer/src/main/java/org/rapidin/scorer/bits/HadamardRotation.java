package org.rapidin.scorer.bits;

/**
 * A random rotation of R^K in O(K log K): {@code R = H·D₂·H·D₁ / K}, where {@code H} is the
 * Hadamard matrix in Sylvester's order (entry (i, j) is −1 to the number of bits that i and j have
 * in common) and {@code D₁}, {@code D₂} are diagonals of random signs. {@code R} is orthonormal.
 * One round would leave the signs of what it returns correlated. Safe for many threads.
 *
 * <p>The signs are defined to the bit, with 64-bit arithmetic that wraps around, γ =
 * 0x9E3779B97F4A7C15 and SplitMix64's finaliser {@code mix}: {@code key₁ = mix(seed + γ)}, {@code
 * key₂ = mix(key₁ + γ)}; number i of {@code D_r} is −1 if bit {@code i mod 64} of {@code mix(key_r
 * + (i / 64)·γ)} is set.
 *
 * <p>So are the float32 sums: a multiplication by {@code H} is log₂ K steps with distances h = K/2,
 * K/4, …, 1; each step replaces {@code a} and {@code b}, h apart, by {@code a + b} and {@code a −
 * b}. The result has the same bits on every machine.
 */
public final class HadamardRotation {
  /** The smallest K. */
  public static final int MIN_DIMENSION = 64;

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final WalshTransform TRANSFORM = WalshTransform.best();

  private final int dimension;
  private final long seed;
  private final long[] first;
  private final long[] second;
  private final WalshTransform transform;

  /**
   * @param dimension K, a power of two, at least {@value #MIN_DIMENSION}
   * @param seed any; equal seeds give equal rotations
   * @throws IllegalArgumentException if K is not such a number
   */
  public HadamardRotation(int dimension, long seed) {
    this(dimension, seed, TRANSFORM);
  }

  HadamardRotation(int dimension, long seed, WalshTransform transform) {
    if (dimension < MIN_DIMENSION || Integer.bitCount(dimension) != 1) {
      throw new IllegalArgumentException(
          "a rotation takes a power of two from %s on as the dimension, got %s"
              .formatted(MIN_DIMENSION, dimension));
    }
    long firstKey = mix(seed + GOLDEN_GAMMA);
    this.dimension = dimension;
    this.seed = seed;
    this.first = signs(firstKey, dimension);
    this.second = signs(mix(firstKey + GOLDEN_GAMMA), dimension);
    this.transform = transform;
  }

  private static long[] signs(long key, int dimension) {
    long[] signs = new long[dimension / Long.SIZE];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = mix(key + i * GOLDEN_GAMMA);
    }
    return signs;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** K. */
  public int dimension() {
    return dimension;
  }

  /** What the signs are made of. */
  public long seed() {
    return seed;
  }

  /**
   * Replaces x by R x. The relative error of its norm is about 1e-7 · log₂ K.
   *
   * @param vector x, float32, length K, of magnitudes below 1e30 / K
   */
  public void rotate(float[] vector) {
    check(vector);
    transform.negate(vector, first);
    transform.multiply(vector);
    transform.negate(vector, second);
    transform.multiply(vector);
    transform.scale(vector, 1f / dimension);
  }

  /**
   * Replaces R x by x, up to the rounding of both.
   *
   * @param vector float32, length K, as for {@link #rotate}
   */
  public void invert(float[] vector) {
    check(vector);
    transform.multiply(vector);
    transform.negate(vector, second);
    transform.multiply(vector);
    transform.negate(vector, first);
    transform.scale(vector, 1f / dimension);
  }

  private void check(float[] vector) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "the rotation has dimension %s, the vector %s".formatted(dimension, vector.length));
    }
  }
}
