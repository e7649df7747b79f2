package org.rapidin.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SizingTableTests {
  @Test
  void tenTimesTheDocumentsNeedTenTimesAsMuch() {
    assertEquals("131.1 GB", SizingTable.size(1e6 * SizingTable.ROW_BYTES));
    assertEquals("1.3 TB", SizingTable.size(1e7 * SizingTable.ROW_BYTES));
    assertEquals(1, SizingTable.gpus(1e6 * SizingTable.ROW_BYTES));
    assertEquals(10, SizingTable.gpus(1e7 * SizingTable.ROW_BYTES));
    assertEquals("7.0 s", SizingTable.time(7e6));
    assertEquals("32.0 ms", SizingTable.time(SizingTable.onGpus(1e6 * SizingTable.ROW_BYTES)));
  }
}
