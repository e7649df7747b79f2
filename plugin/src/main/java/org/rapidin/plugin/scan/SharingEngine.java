package org.rapidin.plugin.scan;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/**
 * Scans segments for a search that has a permit. Searches that wait for one to scan the same rows
 * are scored in the same passes, as many as a scan takes; what they are given so they need not
 * compute. Products have the bits of separate scans, as {@link Scan} says.
 *
 * @param engine scans
 * @param ticket of the search
 * @param own the query of the search, and what it has been given
 */
record SharingEngine(ScanEngine engine, ScanTicket ticket, SharedProducts own)
    implements ScanEngine {

  // Another vector is one that was scaled, or that of another query of the search.
  @SuppressWarnings("ReferenceEquality")
  @Override
  public Scan open(SegmentRows rows, List<float[]> queries) throws IOException {
    Optional<SegmentKey> segment = rows.key();
    return segment.isEmpty() || queries.size() != 1 || queries.getFirst() != own.vector()
        ? engine.open(rows, queries)
        : new SharingScan(engine, rows, segment.get(), ticket, own);
  }
}
