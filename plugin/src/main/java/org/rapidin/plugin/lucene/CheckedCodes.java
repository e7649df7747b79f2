package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SegmentCodes;

/**
 * Codes that are copied and scanned only while they are wanted; see {@link CheckedRows}.
 *
 * @param source the codes
 * @param check throws if they are not wanted any more
 */
record CheckedCodes(SegmentCodes source, Runnable check) implements SegmentCodes {
  @Override
  public int rows() {
    return source.rows();
  }

  @Override
  public int bits() {
    return source.bits();
  }

  @Override
  public float[] centre() {
    return source.centre();
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return source.mapped();
  }

  @Override
  public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors)
      throws IOException {
    check.run();
    source.read(first, count, bits, stride, factors);
  }

  @Override
  public void checkWanted() {
    check.run();
  }

  @Override
  public Optional<SegmentKey> key() {
    return source.key();
  }
}
