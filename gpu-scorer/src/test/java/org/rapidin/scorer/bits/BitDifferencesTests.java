package org.rapidin.scorer.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitDifferencesTests {
  private static final int ROWS = 5;

  @Test
  void countsWhatALoopOverBitsCounts() {
    Random random = new Random(1);
    for (int bits : new int[] {64, 128, 192, 960, 1024, 2112, 65_536}) {
      try (Arena arena = Arena.ofConfined()) {
        long stride = bits / Byte.SIZE + 8L * random.nextInt(3);
        byte[] bytes = new byte[(int) stride * ROWS];
        random.nextBytes(bytes);
        CodeMatrix codes =
            CodeMatrix.of(
                arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes),
                stride,
                arena.allocate(4 * ROWS, 4),
                ROWS,
                bits);
        for (int row = 0; row < ROWS; row++) {
          for (int other = 0; other < ROWS; other++) {
            int wanted = slow(codes, row, other);
            for (BitDifferences each :
                List.of(
                    new PlainBitDifferences(), new VectorBitDifferences(), BitDifferences.best())) {
              assertEquals(wanted, each.count(codes, row, other), each.getClass() + " " + bits);
            }
          }
        }
      }
    }
  }

  private static int slow(CodeMatrix codes, int row, int other) {
    MemorySegment all = codes.pieces().getFirst();
    int count = 0;
    for (int i = 0; i < codes.bits(); i++) {
      count += bit(all, row * codes.stride(), i) == bit(all, other * codes.stride(), i) ? 0 : 1;
    }
    return count;
  }

  private static int bit(MemorySegment all, long offset, int i) {
    return all.get(ValueLayout.JAVA_BYTE, offset + i / Byte.SIZE) >> i % Byte.SIZE & 1;
  }
}
