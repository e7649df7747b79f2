package org.rapidin.scorer.bits;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.rapidin.scorer.SegmentKey;

/** Codes of a segment in memory, with the rows that they were made of. */
final class TestCodes implements SegmentCodes {
  private final float[][] rows;
  private final float[] centre;
  private final List<SignCode> codes = new ArrayList<>();
  private final CodeMatrix matrix;
  private final boolean inPlace;
  private final AtomicInteger checks = new AtomicInteger();

  /**
   * @param rowsPerPiece pieces that the bits are in
   * @param stride at least B/8
   * @param inPlace whether they may be scanned where they are
   */
  TestCodes(float[][] rows, SignEncoder encoder, int rowsPerPiece, long stride, boolean inPlace) {
    this.rows = rows;
    this.centre = encoder.centre();
    this.inPlace = inPlace;
    Arena arena = Arena.ofAuto();
    MemorySegment factors = arena.allocate(4L * rows.length + 1, 1).asSlice(1);
    List<MemorySegment> pieces = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      SignCode code = encoder.encode(rows[row]);
      codes.add(code);
      if (row % rowsPerPiece == 0) {
        int own = Math.min(rowsPerPiece, rows.length - row);
        pieces.add(arena.allocate(own * stride).fill((byte) 0x5a));
      }
      MemorySegment.copy(
          MemorySegment.ofArray(code.bits()),
          0,
          pieces.getLast(),
          row % rowsPerPiece * stride,
          code.bits().length);
      factors.set(CodeMatrix.FACTOR, 4L * row, code.factor());
    }
    matrix = new CodeMatrix(pieces, rowsPerPiece, stride, factors, rows.length, encoder.bits());
  }

  float[] row(int row) {
    return rows[row];
  }

  SignCode code(int row) {
    return codes.get(row);
  }

  /** How often a scan asked if it is wanted. */
  int checks() {
    return checks.get();
  }

  @Override
  public int rows() {
    return rows.length;
  }

  @Override
  public int bits() {
    return matrix.bits();
  }

  @Override
  public float[] centre() {
    return centre;
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return inPlace ? Optional.of(matrix) : Optional.empty();
  }

  @Override
  public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors) {
    matrix.read(first, count, bits, stride, factors);
  }

  @Override
  public void checkWanted() {
    checks.incrementAndGet();
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.empty();
  }
}
