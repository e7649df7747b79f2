package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Some key heads of one sequence, with the query heads that share them.
 *
 * @param length T
 * @param first key head
 * @param count of key heads
 * @param allHeads key heads of the layer
 * @param group query heads of one key head
 */
record HeadPart(
    int sequence, int length, int first, int count, int allHeads, int group, int width) {
  /** Numbers of a row that are copied at once: a copy of a short row takes 20 ns. */
  private static final int ROW = 64;

  /**
   * All parts of a batch.
   *
   * @param queries [B, T, heads·width]
   * @param keys [B, T, key heads·width]
   */
  static List<HeadPart> of(Shape queries, Shape keys, int width) {
    int allHeads = Math.toIntExact(keys.get(2) / width);
    int group = Math.toIntExact(queries.get(2) / keys.get(2));
    int length = Math.toIntExact(keys.get(1));
    int most = Math.ceilDiv(ROW, group * width);
    List<HeadPart> parts = new ArrayList<>();
    for (int sequence = 0; sequence < keys.get(0); sequence++) {
      for (int first = 0; first < allHeads; first += most) {
        int count = Math.min(most, allHeads - first);
        parts.add(new HeadPart(sequence, length, first, count, allHeads, group, width));
      }
    }
    return parts;
  }

  /** The part's queries, out of torch's memory. */
  HeapRows queries(MemorySegment all) {
    return read(all, group);
  }

  /** The part's keys or values, out of torch's memory. */
  HeapRows keys(MemorySegment all) {
    return read(all, 1);
  }

  private HeapRows read(MemorySegment all, int group) {
    HeapRows rows = HeapRows.zeros(length, count * group, width);
    int piece = rows.numbers().length / pieces();
    for (int i = 0; i < pieces(); i++) {
      MemorySegment.copy(
          all, ValueLayout.JAVA_FLOAT, offset(i, group), rows.numbers(), i * piece, piece);
    }
    return rows;
  }

  /** Copies queries, keys or values to their place in torch's memory. */
  void write(HeapRows rows, MemorySegment all) {
    int group = rows.heads() / count;
    int piece = rows.numbers().length / pieces();
    for (int i = 0; i < pieces(); i++) {
      MemorySegment.copy(
          rows.numbers(), i * piece, all, ValueLayout.JAVA_FLOAT, offset(i, group), piece);
    }
  }

  /** Rows, or 1 where the part has all heads and so all numbers of its rows. */
  private int pieces() {
    return count == allHeads ? 1 : length;
  }

  private long offset(int row, int group) {
    return (((long) sequence * length + row) * allHeads + first) * group * width * Float.BYTES;
  }
}
