package org.rapidin.benchmarks.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class MarkdownReportTests {
  @Test
  void rowsWithTheSameColumnsAreOneTable() throws IOException {
    PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
    Report report = new Report(out, "some");
    report.head("processor", "fast");
    report.note("Of another part.");
    int since = report.size();
    report.section("First");
    report.note("A remark.");
    report.add(report.row("one").put("n", 52000).put("ms", 1.2345));
    report.add(report.row("two").put("n", 3).put("ms", 12345.6));
    report.note("Another.");
    report.add(report.row("three").put("GB/s", 0.00012));
    String text = report.markdown(3, since).replaceAll("load (before|after): .*", "load $1: 1");
    assertEquals(
        """
        - benchmark: some
        - load before: 1
        - processor: fast
        - load after: 1

        ### First

        A remark.

        |  | n | ms |
        |---|---|---|
        | one | 52,000 | 1.23 |
        | two | 3 | 12,346 |

        Another.

        |  | GB/s |
        |---|---|
        | three | 0.000120 |
        """,
        text);
  }
}
