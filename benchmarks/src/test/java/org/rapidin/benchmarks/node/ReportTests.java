package org.rapidin.benchmarks.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTests {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void printsRowsAndWritesThem(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("report.json");
    Report report = new Report(new PrintStream(out, true, UTF_8), "some");
    report.head("device", "none");
    report.add(report.row("first").put("n", 3).put("GB/s", 12.345));
    report.add(report.row("second").put("n", 4).put("GB/s", 0.0));
    report.add(report.row("third").put("error", 1.26e-7));
    report.finish(file);
    List<String> lines = out.toString(UTF_8).lines().map(ReportTests::words).toList();
    assertEquals(
        List.of(
            "device: none",
            "what n GB/s",
            "first 3 12.35",
            "second 4 0.00",
            "what error",
            "third 1.3e-07"),
        lines.subList(0, 6));
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertEquals("none", json.path("device").asText());
    assertEquals(1.26e-7, json.path("rows").path(2).path("error").asDouble());
  }

  private static String words(String line) {
    return line.strip().replaceAll(" +", " ");
  }
}
