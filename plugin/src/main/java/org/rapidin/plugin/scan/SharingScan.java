package org.rapidin.plugin.scan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** The scan of a {@link SharingEngine}. For one thread. */
final class SharingScan implements Scan {
  // At K = 65,536 in float16, a scan of 16 queries takes 30 ms for this many rows.
  private static final int ROWS_BETWEEN_LOOKS = 1024;

  private final ScanEngine engine;
  private final SegmentRows rows;
  private final SegmentKey segment;
  private final ScanTicket ticket;
  private final SharedProducts own;
  private List<Companion> companions = List.of();
  private Scan scan;
  private float[] all = {};
  private int rowsSinceLook;

  /**
   * A query that waits.
   *
   * @param vector the query
   * @param products where its products are written to, by ordinal
   */
  record Companion(float[] vector, float[] products) {}

  /**
   * @param rows of {@code segment}
   * @param own the query, and the products that other scans computed for it
   */
  SharingScan(
      ScanEngine engine,
      SegmentRows rows,
      SegmentKey segment,
      ScanTicket ticket,
      SharedProducts own)
      throws IOException {
    this.engine = engine;
    this.rows = rows;
    this.segment = segment;
    this.ticket = ticket;
    this.own = own;
    this.scan = engine.open(rows, List.of(own.vector()));
  }

  @Override
  public int preferredRows() {
    return scan.preferredRows();
  }

  @Override
  public void score(int[] ordinals, int count, float[] products) throws IOException {
    if (count == 0 || copyKnown(ordinals, count, products)) {
      return;
    }
    if (rowsSinceLook == 0 || rowsSinceLook >= ROWS_BETWEEN_LOOKS) {
      takeCompanions(ordinals[0]);
      rowsSinceLook = 0;
    }
    rowsSinceLook += count;
    if (companions.isEmpty()) {
      scan.score(ordinals, count, products);
    } else {
      scoreAll(ordinals, count, products);
    }
  }

  private boolean copyKnown(int[] ordinals, int count, float[] products) {
    float[] known = own.of(segment).orElse(null);
    if (known == null) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      products[i] = known[ordinals[i]];
      if (Float.isNaN(products[i])) {
        return false;
      }
    }
    return true;
  }

  private void scoreAll(int[] ordinals, int count, float[] products) throws IOException {
    int length = Math.multiplyExact(count, 1 + companions.size());
    if (all.length < length) {
      all = new float[length];
    }
    scan.score(ordinals, count, all);
    System.arraycopy(all, 0, products, 0, count);
    for (int c = 0; c < companions.size(); c++) {
      float[] target = companions.get(c).products();
      for (int i = 0; i < count; i++) {
        target[ordinals[i]] = all[(c + 1) * count + i];
      }
    }
  }

  /** Adds the queries that wait now and lack the product with the next row. */
  private void takeCompanions(int row) throws IOException {
    List<Companion> next = new ArrayList<>();
    for (SharedProducts other : ticket.companions()) {
      if (next.size() < ScanEngine.MAX_QUERIES - 1
          && other.vector().length == rows.dimension()
          && other.lacks(segment, row)) {
        other
            .open(segment, rows.rows())
            .ifPresent(products -> next.add(new Companion(other.vector(), products)));
      }
    }
    if (!next.equals(companions)) {
      List<float[]> queries = new ArrayList<>(List.of(own.vector()));
      next.forEach(companion -> queries.add(companion.vector()));
      // Before the other is closed, so that a device keeps the rows.
      Scan together = engine.open(rows, queries);
      scan.close();
      scan = together;
      companions = next;
    }
  }

  @Override
  public void close() {
    scan.close();
  }
}
