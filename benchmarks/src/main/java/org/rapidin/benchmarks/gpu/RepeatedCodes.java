package org.rapidin.benchmarks.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/**
 * Random sign bits as of a segment with K = B: up to 512 MiB, more than the processor's caches
 * hold, over and over again. What bits stand for does not matter to a scan.
 */
final class RepeatedCodes implements SegmentCodes, AutoCloseable {
  private static final long MAX_BYTES = 512L << 20;
  private static final long SEED = 71;

  private final Arena arena = Arena.ofShared();
  private final SegmentEnd key = new SegmentEnd();
  private final int rows;
  private final float[] centre;
  private final CodeMatrix block;

  RepeatedCodes(int rows, int bits) {
    this.rows = rows;
    this.centre = RandomVectors.vector(bits, SEED);
    int distinct = distinct(rows, bits);
    long stride = bits / Byte.SIZE;
    MemorySegment codes = arena.allocate(distinct * stride, 64);
    MemorySegment factors = arena.allocate((long) Float.BYTES * distinct, 64);
    IntStream.range(0, distinct)
        .parallel()
        .forEach(
            row -> {
              SplittableRandom random = new SplittableRandom(row);
              byte[] code = new byte[bits / Byte.SIZE];
              random.nextBytes(code);
              MemorySegment.copy(code, 0, codes, ValueLayout.JAVA_BYTE, row * stride, code.length);
              float factor = (float) Math.exp(random.nextGaussian());
              factors.setAtIndex(ValueLayout.JAVA_FLOAT, row, factor);
            });
    block = CodeMatrix.of(codes, stride, factors, distinct, bits);
  }

  /** Returns how many of n codes are not repetitions. */
  static int distinct(int rows, int bits) {
    return (int) Math.min(rows, MAX_BYTES / (bits / Byte.SIZE));
  }

  /** Returns queries for codes of so many bits. */
  static List<SignQuery> queries(int count, int bits) {
    HadamardRotation rotation = new HadamardRotation(bits, SEED);
    return RandomVectors.queries(count, bits).stream()
        .map(vector -> new SignQuery(rotation, bits, vector))
        .toList();
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int bits() {
    return block.bits();
  }

  @Override
  public float[] centre() {
    return centre;
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return rows == block.rows() ? Optional.of(block) : Optional.empty();
  }

  @Override
  public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors) {
    for (int done = 0, length; done < count; done += length) {
      int at = (first + done) % block.rows();
      length = Math.min(count - done, block.rows() - at);
      block.read(
          at,
          length,
          bits.asSlice(done * stride),
          stride,
          factors.asSlice((long) done * Float.BYTES));
    }
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.of(key);
  }

  /** Closes the segment: its codes on devices are freed. */
  @Override
  public void close() {
    key.close();
    arena.close();
  }
}
