package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Sketches of numbers that any language can make: number i is the top 24 bits of i ·
 * 0x9E3779B97F4A7C15 (mod 2^64), less 2^23, times 2^-20.
 *
 * <p>Each line is {@code K seed length position scale sha256}, the digest being over the K float32
 * of the sketch, big endian. Run it to print what this JVM computes; the resources {@code
 * golden-vectors.txt} and {@code golden-random.txt} hold what every JVM must print.
 */
final class GoldenVectors {
  private GoldenVectors() {}

  /** Prints the lines. */
  public static void main(String[] arguments) {
    lines(StreamingSketch::new).forEach(System.out::println);
    randomLines().forEach(System.out::println);
  }

  /** Makes the sketch of a dimension and a seed. */
  interface Sketches {
    StreamingSketch of(int dimension, long seed);
  }

  static List<String> lines(Sketches sketches) {
    List<String> lines = new ArrayList<>();
    for (int dimension : new int[] {256, 4096, 65_536, 1 << 20}) {
      for (long seed : new long[] {0, 42, -1}) {
        StreamingSketch sketch = sketches.of(dimension, seed);
        String name = dimension + " " + seed;
        lines.add(name + line(sketch, 100_000, 0, 1));
        lines.add(name + line(sketch, 10_001, (1L << 40) + 37, 0.1f));
      }
    }
    return lines;
  }

  /** Projections with random signs, whose cost grows with K times the length. */
  static List<String> randomLines() {
    List<String> lines = new ArrayList<>();
    for (int dimension : new int[] {1, 64, 1000, 4096}) {
      for (long seed : new long[] {0, 42, -1}) {
        RandomSketch sketch = new RandomSketch(dimension, seed);
        String name = dimension + " " + seed;
        lines.add(name + line(sketch, 10_000, 0, 1));
        lines.add(name + line(sketch, 1_001, (1L << 40) + 37, 0.1f));
      }
    }
    return lines;
  }

  private static String line(GradientSketch shared, int length, long position, float scale) {
    float[] x = new float[length];
    for (int i = 0; i < length; i++) {
      long top = i * 0x9E3779B97F4A7C15L >>> 40;
      x[i] = (top - (1 << 23)) * 0x1p-20f;
    }
    GradientSketch.Accumulator sum = shared.accumulator();
    sum.add(MemorySegment.ofArray(x), position, scale);
    float[] sketch = sum.finish();
    ByteBuffer bytes = ByteBuffer.allocate(sketch.length * Float.BYTES);
    bytes.asFloatBuffer().put(sketch);
    return " %d %d %s %s".formatted(length, position, scale, sha256(bytes));
  }

  private static String sha256(ByteBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
