package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.rapidin.scorer.SegmentRows;

/** The rows of all segments of an index. */
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
  public static List<SegmentRows> of(IndexReader reader, String field, Runnable check)
      throws IOException {
    List<SegmentRows> segments = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Optional<SegmentMatrix> matrix = SegmentMatrix.open(leaf.reader(), field);
      matrix.ifPresent(rows -> segments.add(new CheckedRows(rows, check)));
    }
    return segments;
  }
}
