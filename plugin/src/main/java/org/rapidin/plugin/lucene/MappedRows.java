package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;

/**
 * Finds the rows that can be scored where they are mapped. Lucene maps a file in chunks of up to 16
 * GiB and does not tell where they end.
 */
final class MappedRows {
  private final GradientVectorValues stored;
  private final long rowBytes;

  private MappedRows(GradientVectorValues stored) {
    this.stored = stored;
    this.rowBytes = stored.elementType().valuesLength(stored.dimension());
  }

  /**
   * Returns the longest pieces of whole rows.
   *
   * @return none if the file is not mapped
   */
  static List<RowPiece> of(GradientVectorValues stored) throws IOException {
    return stored.rows() instanceof MemorySegmentAccessInput rows
        ? new MappedRows(stored).pieces(rows)
        : List.of();
  }

  private List<RowPiece> pieces(MemorySegmentAccessInput rows) throws IOException {
    List<RowPiece> pieces = new ArrayList<>();
    int first = 0;
    while (first < stored.size()) {
      int count = longest(rows, first);
      if (count > 0) {
        pieces.add(new RowPiece(first, matrix(segmentOrNull(rows, first, count), first, count)));
      }
      first += Math.max(1, count);
    }
    return pieces;
  }

  /** The most rows from one on that are mapped without a break; 0 if that one is not. */
  private int longest(MemorySegmentAccessInput rows, int first) throws IOException {
    int most = stored.size() - first;
    if (segmentOrNull(rows, first, most) != null) {
      return most;
    }
    int mapped = 0;
    int unmapped = most;
    while (mapped + 1 < unmapped) {
      int middle = (mapped + unmapped) >>> 1;
      if (segmentOrNull(rows, first, middle) == null) {
        unmapped = middle;
      } else {
        mapped = middle;
      }
    }
    return mapped;
  }

  private MemorySegment segmentOrNull(MemorySegmentAccessInput rows, int first, int count)
      throws IOException {
    return rows.segmentSliceOrNull(first * rowBytes, count * rowBytes);
  }

  private RowMatrix matrix(MemorySegment values, int first, int count) throws IOException {
    return new RowMatrix(
        values, scales(first, count), stored.elementType(), count, stored.dimension());
  }

  /** Scales where they are mapped, or a copy if a chunk ends between them. */
  private MemorySegment scales(int first, int count) throws IOException {
    IndexInput scales = stored.scales();
    long offset = (long) first * ElementType.SCALE_BYTES;
    int length = Math.multiplyExact(count, ElementType.SCALE_BYTES);
    MemorySegment mapped =
        scales instanceof MemorySegmentAccessInput access
            ? access.segmentSliceOrNull(offset, length)
            : null;
    if (mapped != null) {
      return mapped;
    }
    byte[] copy = new byte[length];
    scales.seek(offset);
    scales.readBytes(copy, 0, length);
    return MemorySegment.ofArray(copy);
  }
}
