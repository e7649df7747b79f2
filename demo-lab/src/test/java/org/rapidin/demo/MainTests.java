package org.rapidin.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTests {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine line =
      Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void everyCommandHasHelp() {
    for (String command : line.getSubcommands().keySet()) {
      assertEquals(0, line.execute(command, "--help"), command);
    }
    assertTrue(out.toString().contains("Usage: rapidin train-demo"), out.toString());
  }

  @Test
  void aWrongOptionIsNamed() {
    assertEquals(2, line.execute("train-demo", "--sead", "1"));
    assertTrue(err.toString().contains("Unknown options: '--sead', '1'"), err.toString());
  }

  @Test
  void aWrongProtocolIsNamed() {
    assertEquals(2, line.execute("evaluate", "fidelty"));
    assertTrue(err.toString().contains("there is no protocol [fidelty]"), err.toString());
  }

  @Test
  void aMissingCommandIsReported() {
    assertEquals(2, line.execute());
    assertTrue(err.toString().contains("Missing required subcommand"), err.toString());
  }
}
