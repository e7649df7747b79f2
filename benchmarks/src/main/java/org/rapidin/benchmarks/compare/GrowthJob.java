package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
   * Measures all sizes.
   *
   * @return milliseconds by element type and n
   */
  Map<ElementType, Map<Integer, Double>> measure() throws Exception {
    report.section("Growth in n");
    Map<ElementType, Map<Integer, Double>> millis = new LinkedHashMap<>();
    // The smaller ones first, while the file's pages are not in the memory that they need.
    for (ElementType type : new ElementType[] {ElementType.INT8, ElementType.FLOAT16}) {
      millis.put(type, measure(type));
    }
    report.note(
        "\"of linear\" compares the time of a row with that of a row where n = %,d."
            .formatted(reference()));
    return millis;
  }

  private int reference() {
    return file.sizes()[Math.min(1, file.sizes().length - 1)];
  }

  private Map<Integer, Double> measure(ElementType type) throws Exception {
    long memory = Host.availableBytes();
    Turns inMemory = new Turns();
    Turns onDisk = new Turns();
    for (int rows : file.sizes()) {
      RowMatrix matrix = type == ElementType.INT8 ? file.firstBytes(rows) : file.first(rows);
      float[] products = new float[rows];
      boolean fits = matrix.values().byteSize() < memory;
      (fits ? inMemory : onDisk)
          .add(Integer.toString(rows), () -> RowsFile.scan(matrix, file.queries(1), products));
    }
    Map<String, Rounds> all = new LinkedHashMap<>(inMemory.run());
    // Apart from the others, whose pages they push out of memory.
    all.putAll(onDisk.run());
    return table(type, all);
  }

  private Map<Integer, Double> table(ElementType type, Map<String, Rounds> all) {
    double ofARow = all.get(Integer.toString(reference())).millis() / reference();
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
