package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.rapidin.benchmarks.node.Report;

/**
 * What indices of up to 10^9 documents need, from measured constants.
 *
 * @param scanMicros of one thread and a row that is in main memory
 * @param diskMicros of a row that is not; NaN if that was not measured
 * @param candidateMicros of one thread and a row in candidates mode; NaN if that was not measured
 */
record SizingTable(double scanMicros, double diskMicros, double candidateMicros) {
  static final double ROW_BYTES = 2.0 * RowsFile.DIMENSION + 4;
  static final double CODE_BYTES = RowsFile.DIMENSION / 8.0 + 8;

  /** An H200: what is left of its memory for rows, and the rate of scans as docs/benchmarks.md. */
  static final double GPU_BYTES = 140e9;

  static final double GPU_BYTES_PER_SECOND = 4.1e12;

  /** Documents of RapidIn's table 2. */
  private static final int PAPER = 52_000;

  private static final double SECOND = 1e6;

  void add(Report report) {
    report.section("Sizes up to 10^9 documents");
    report.note(
        "Arithmetic, not measured beyond the sizes above. K = 65,536 and float16: a vector has 2K + 4 = %,.0f bytes, a code K/8 + 8 = %,.0f. One thread takes %.2f µs a row to scan rows in main memory%s%s. A GPU, an H200, has room for %.0f GB of rows or codes and scans them at %.1f TB/s (see \"GPU\" above; not part of this run). RAM is page cache outside of the heap: what searches at these speeds read of each row; the heap needs no more for more documents. Texts, replicas and other fields are not counted. n threads or GPUs of one or several nodes divide the time by n, as long as each has the memory bandwidth that one has here."
            .formatted(
                ROW_BYTES,
                CODE_BYTES,
                scanMicros,
                Double.isNaN(diskMicros)
                    ? ""
                    : String.format(
                        Locale.ROOT, " and %.1f µs to read them from this disk", diskMicros),
                Double.isNaN(candidateMicros)
                    ? ""
                    : String.format(
                        Locale.ROOT, ", %.3f µs a row in candidates mode", candidateMicros),
                GPU_BYTES / 1e9,
                GPU_BYTES_PER_SECOND / 1e12));
    for (long documents = 100_000; documents <= 1_000_000_000; documents *= 10) {
      report.add(row(report, documents));
    }
    report.note(
        "Published by others, on other machines: RapidIn's table 2 has 0.0019 hours, 6.8 s, for the retrieval of a generation among 52,000 documents at K = 65,536 on two GPUs, where these constants give %s for one thread and %s for one GPU. RISE searched one million documents by 8,192 bits of a large sketch with a precision@10 of .96."
            .formatted(time(PAPER * scanMicros), time(onGpus(PAPER * ROW_BYTES))));
  }

  private ObjectNode row(Report report, long documents) {
    double rows = documents * ROW_BYTES;
    double codes = documents * CODE_BYTES;
    ObjectNode row = report.row("%,d documents".formatted(documents));
    row.put("disk", size(rows)).put("with codes", size(rows + codes));
    row.put("RAM, exact", size(rows)).put("RAM, candidates", size(codes));
    row.put("exact, 1 thread", time(documents * scanMicros));
    if (!Double.isNaN(diskMicros)) {
      row.put("exact, from disk", time(documents * diskMicros));
    }
    if (!Double.isNaN(candidateMicros)) {
      row.put("candidates, 1 thread", time(documents * candidateMicros));
    }
    row.put("GPUs for vectors", gpus(rows));
    row.put("exact there", time(onGpus(rows)));
    row.put("GPUs for codes", gpus(codes));
    return row.put("estimates there", time(onGpus(codes)));
  }

  static long gpus(double bytes) {
    return (long) Math.ceil(bytes / GPU_BYTES);
  }

  /** Microseconds. */
  static double onGpus(double bytes) {
    return bytes / gpus(bytes) / GPU_BYTES_PER_SECOND * SECOND;
  }

  static String size(double bytes) {
    return bytes < 1e12
        ? String.format(Locale.ROOT, "%.1f GB", bytes / 1e9)
        : String.format(Locale.ROOT, "%.1f TB", bytes / 1e12);
  }

  static String time(double micros) {
    if (micros < SECOND) {
      return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
    }
    return String.format(Locale.ROOT, "%.1f s", micros / SECOND);
  }
}
