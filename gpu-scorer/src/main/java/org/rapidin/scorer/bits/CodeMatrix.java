package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A read-only view of the codes of n rows. It does not own its memory: it is valid as long as its
 * segments are.
 *
 * @param pieces the bits of rows, {@code stride} bytes from one row to the next, as {@link
 *     SignCode#bits} has them; each piece but the last one has {@code rowsPerPiece} rows
 * @param rowsPerPiece at least 1
 * @param stride bytes, at least B/8
 * @param factors n little-endian float32
 * @param rows n
 * @param bits B
 */
public record CodeMatrix(
    List<MemorySegment> pieces,
    int rowsPerPiece,
    long stride,
    MemorySegment factors,
    int rows,
    int bits) {
  private static final int LINE_BYTES = 64;
  static final ValueLayout.OfFloat FACTOR =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * @throws IllegalArgumentException if the pieces or the factors are too short
   */
  public CodeMatrix {
    pieces = List.copyOf(pieces);
    if (bits % SignEncoder.BITS_MULTIPLE != 0 || stride < bits / Byte.SIZE || rowsPerPiece < 1) {
      throw new IllegalArgumentException(
          "no layout of codes: %s bits, %s bytes a row, %s rows a piece"
              .formatted(bits, stride, rowsPerPiece));
    }
    if (pieces.size() != Math.ceilDiv(rows, rowsPerPiece) || factors.byteSize() < 4L * rows) {
      throw new IllegalArgumentException(
          "%s rows do not fit %s pieces of %s rows and %s bytes of factors"
              .formatted(rows, pieces.size(), rowsPerPiece, factors.byteSize()));
    }
    for (int i = 0; i < pieces.size(); i++) {
      int own = Math.min(rowsPerPiece, rows - i * rowsPerPiece);
      long needed = (own - 1) * stride + bits / Byte.SIZE;
      if (pieces.get(i).byteSize() < needed) {
        throw new IllegalArgumentException(
            "piece %s of %s rows has %s bytes".formatted(i, own, pieces.get(i).byteSize()));
      }
    }
  }

  /** Codes in one piece. */
  public static CodeMatrix of(
      MemorySegment bits, long stride, MemorySegment factors, int rows, int bitsPerRow) {
    return new CodeMatrix(
        rows == 0 ? List.of() : List.of(bits),
        Math.max(1, rows),
        stride,
        factors,
        rows,
        bitsPerRow);
  }

  /** Returns the memory that a row is in. */
  MemorySegment piece(int row) {
    return pieces.get(row / rowsPerPiece);
  }

  /** Returns where a row begins in its piece, in bytes. */
  long offset(int row) {
    return row % rowsPerPiece * stride;
  }

  /** Returns the factor of a row. */
  float factor(int row) {
    return factors.get(FACTOR, (long) Float.BYTES * row);
  }

  /**
   * Reads a word of each line of the cache, which then has the rows. That takes less time than what
   * the scan would wait for: it has too many instructions between loads to have many under way.
   *
   * @return a sum without meaning, so that the JIT does not remove the reads
   */
  long fetch(int[] rows, int count) {
    long all = 0;
    for (int i = 0; i < count; i++) {
      MemorySegment piece = piece(rows[i]);
      long from = offset(rows[i]);
      long end = from + bits / Byte.SIZE;
      for (long at = from; at < end; at += LINE_BYTES) {
        all |= piece.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      }
    }
    return all;
  }

  /** Copies rows, as {@link SegmentCodes#read}. */
  public void read(
      int first, int count, MemorySegment target, long targetStride, MemorySegment targetFactors) {
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          piece(first + i), offset(first + i), target, i * targetStride, bits / Byte.SIZE);
    }
    long factorBytes = Float.BYTES;
    MemorySegment.copy(factors, first * factorBytes, targetFactors, 0, count * factorBytes);
  }
}
