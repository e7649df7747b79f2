package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.SegmentCodes;

/** The rows and codes of all segments of an index. */
public final class GradientSegments {
  private GradientSegments() {}

  /**
   * Returns the rows of a field, by segment.
   *
   * @param reader as a search sees it: a field that it hides has no rows
   * @param field full name of a vector field
   * @param check runs before rows are copied, and throws to stop that
   * @return valid while the reader is open; segments without rows are left out
   */
  public static List<SegmentRows> rows(IndexReader reader, String field, Runnable check)
      throws IOException {
    List<SegmentRows> segments = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Optional<SegmentMatrix> matrix = SegmentMatrix.open(leaf.reader(), field);
      matrix.ifPresent(rows -> segments.add(new CheckedRows(rows, check)));
    }
    return segments;
  }

  /**
   * Returns the codes of a field's rows, by segment.
   *
   * @param reader as a search sees it
   * @param field full name of a vector field
   * @param check runs before codes are copied, and throws to stop that
   * @return valid while the reader is open; segments without codes are left out
   */
  public static List<SegmentCodes> codes(IndexReader reader, String field, Runnable check)
      throws IOException {
    List<SegmentCodes> segments = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Optional<SegmentMatrix> matrix = SegmentMatrix.open(leaf.reader(), field);
      if (matrix.isPresent()) {
        matrix.get().codes().ifPresent(codes -> segments.add(new CheckedCodes(codes, check)));
      }
    }
    return segments;
  }
}
