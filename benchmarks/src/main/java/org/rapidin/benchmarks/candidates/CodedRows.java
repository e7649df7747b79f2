package org.rapidin.benchmarks.candidates;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.rapidin.benchmarks.scan.MappedCodes;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SignCode;
import org.rapidin.scorer.bits.SignEncoder;

/** Makes the codes of rows, as a segment has them. */
public final class CodedRows {
  private static final int ALIGNMENT = 64;

  private CodedRows() {}

  /**
   * Encodes vectors.
   *
   * @param vectors of one length
   * @param count codes; those of the vectors are repeated as needed
   */
  public static MappedCodes of(List<float[]> vectors, SignEncoder encoder, int count, Arena arena) {
    int length = encoder.bits() / Byte.SIZE;
    MemorySegment bits = arena.allocate((long) length * count, ALIGNMENT);
    MemorySegment factors = arena.allocate((long) Float.BYTES * count, ALIGNMENT);
    int distinct = Math.min(count, vectors.size());
    for (int i = 0; i < distinct; i++) {
      SignCode code = encoder.encode(vectors.get(i));
      for (int at = i; at < count; at += distinct) {
        MemorySegment.copy(MemorySegment.ofArray(code.bits()), 0, bits, (long) at * length, length);
        factors.setAtIndex(ValueLayout.JAVA_FLOAT, at, code.factor());
      }
    }
    CodeMatrix matrix = CodeMatrix.of(bits, length, factors, count, encoder.bits());
    return new MappedCodes(matrix, encoder.centre());
  }
}
