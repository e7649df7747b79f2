package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.RepeatedTest;
import picocli.CommandLine;

/** Runs {@code ./rapidin demo --exit} twice. */
class DemoCommandIT {
  private static final double RESIDENT_GIGABYTES = 2.5;

  @RepeatedTest(2)
  void findsThePoisonAndEnds() {
    StringWriter printed = new StringWriter();
    CommandLine commands = Main.commands().setOut(new PrintWriter(printed));
    assertEquals(0, commands.execute("demo", "--exit"));
    String report = printed.toString();
    String triggered = report.substring(report.indexOf("(a)"), report.indexOf("(b)"));
    assertEquals(10, triggered.split("POISONED", -1).length - 1, report);
    String tokens = report.substring(report.indexOf("(c)"));
    assertTrue(tokens.contains("Ansel(+"), report);
    Matcher resident = Pattern.compile("([0-9.]+) GB resident").matcher(report);
    assertTrue(resident.find(), report);
    assertTrue(Double.parseDouble(resident.group(1)) <= RESIDENT_GIGABYTES, report);
    System.out.println(report);
  }
}
