package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import picocli.CommandLine;

/** Runs {@code ./rapidin demo --exit}, then with another method. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DemoCommandIT {
  private static final double RESIDENT_GIGABYTES = 2.5;

  @Test
  @Order(1)
  void findsThePoisonAndEnds() {
    String report = run("demo", "--exit");
    String triggered = report.substring(report.indexOf("(a)"), report.indexOf("(b)"));
    assertEquals(10, triggered.split("POISONED", -1).length - 1, report);
    String tokens = report.substring(report.indexOf("(c)"));
    assertTrue(tokens.contains("Ansel(+"), report);
    assertFalse(report.contains("side by side"), report);
  }

  @Test
  @Order(2)
  void anotherMethodAnswersTheSameQuestionsAndShowsItsCost() {
    String report = run("demo", "--exit", "--method", "logra");
    Matcher cost = Pattern.compile("\n  logra +([0-9]+) +([0-9.]+) ").matcher(report);
    assertTrue(cost.find(), report);
    int numbers = Integer.parseInt(cost.group(1));
    assertEquals((2 * numbers + 4) / 1e3, Double.parseDouble(cost.group(2)), 0.06, report);
    String triggered = report.substring(report.indexOf("(a)"), report.indexOf("(b)"));
    assertTrue(triggered.contains("POISONED"), report);
    assertTrue(report.substring(report.indexOf("(c)")).contains("Ansel("), report);
  }

  private static String run(String... arguments) {
    StringWriter printed = new StringWriter();
    CommandLine commands = Main.commands().setOut(new PrintWriter(printed));
    assertEquals(0, commands.execute(arguments));
    String report = printed.toString();
    Matcher resident = Pattern.compile("([0-9.]+) GB resident").matcher(report);
    assertTrue(resident.find(), report);
    assertTrue(Double.parseDouble(resident.group(1)) <= RESIDENT_GIGABYTES, report);
    System.out.println(report);
    return report;
  }
}
