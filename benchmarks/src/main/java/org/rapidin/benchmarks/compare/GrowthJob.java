package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;

/** The exact scan of one query and one thread as segments grow. */
final class GrowthJob {
  private final RowsFile file;
  private final Report report;

  GrowthJob(RowsFile file, Report report) {
    this.file = file;
    this.report = report;
  }

  /**
   * Measures all sizes that the file has.
   *
   * @param sizes numbers of rows, ascending
   * @return milliseconds by element type and n
   */
  Map<ElementType, Map<Integer, Double>> measure(int... sizes) throws Exception {
    report.section("Growth in n");
    file.remarks().forEach(report::note);
    int[] all = Arrays.stream(sizes).filter(rows -> rows <= file.rows()).toArray();
    Map<ElementType, Map<Integer, Double>> millis = new LinkedHashMap<>();
    // The smaller ones first, while the file's pages are not in the memory that they need.
    for (ElementType type : new ElementType[] {ElementType.INT8, ElementType.FLOAT16}) {
      millis.put(type, measure(type, all));
    }
    report.note(
        "\"of linear\" compares the time of a row with that of a row where n = %,d."
            .formatted(reference(all)));
    return millis;
  }

  private static int reference(int[] sizes) {
    return sizes[Math.min(1, sizes.length - 1)];
  }

  private Map<Integer, Double> measure(ElementType type, int[] sizes) throws Exception {
    long memory = Host.availableBytes();
    Turns inMemory = new Turns();
    Turns onDisk = new Turns();
    for (int rows : sizes) {
      RowMatrix matrix = type == ElementType.INT8 ? file.firstBytes(rows) : file.first(rows);
      float[] products = new float[rows];
      boolean fits = matrix.values().byteSize() < memory;
      (fits ? inMemory : onDisk)
          .add(Integer.toString(rows), () -> RowsFile.scan(matrix, file.queries(1), products));
    }
    Map<String, Rounds> all = new LinkedHashMap<>(inMemory.run());
    // Apart from the others, whose pages they push out of memory.
    all.putAll(onDisk.run());
    return table(type, reference(sizes), all);
  }

  private Map<Integer, Double> table(ElementType type, int reference, Map<String, Rounds> all) {
    double ofARow = all.get(Integer.toString(reference)).millis() / reference;
    Map<Integer, Double> millis = new LinkedHashMap<>();
    all.forEach(
        (name, rounds) -> {
          int rows = Integer.parseInt(name);
          double bytes = (double) type.valuesLength(RowsFile.DIMENSION) * rows;
          ObjectNode row = report.row(type.name().toLowerCase(Locale.ROOT)).put("n", rows);
          rounds.describe(row);
          row.put("µs a row", 1e3 * rounds.millis() / rows);
          row.put("GB/s", bytes / rounds.millis() / 1e6);
          row.put("of linear", rounds.millis() / rows / ofARow);
          report.add(row);
          millis.put(rows, rounds.millis());
        });
    return millis;
  }
}
