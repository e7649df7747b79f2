package org.rapidin.plugin.scan;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/**
 * Scans segments for a search that has a permit. The same passes also score searches that wait for
 * a permit to scan the same rows, as many as a scan takes, so that these need not compute the
 * products again. Products have the bits of separate scans, as {@link Scan} says.
 *
 * @param engine scans
 * @param ticket of the search
 * @param own the query of the search, and the products that other scans computed for it
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
