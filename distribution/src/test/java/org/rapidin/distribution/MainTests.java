package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Every command has help, and errors name their cause. */
class MainTests {
  private final StringWriter printed = new StringWriter();

  @ParameterizedTest
  @ValueSource(strings = {"demo", "up"})
  void everyCommandHasHelp(String command) {
    assertEquals(0, run(command, "--help"));
    assertTrue(printed.toString().contains("--port"), printed.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "up"})
  void aWrongOptionIsNamed(String command) {
    assertEquals(2, run(command, "--colour"));
    assertTrue(printed.toString().contains("--colour"), printed.toString());
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(socket.getLocalPort());
      assertEquals(1, run("up", "--port", port));
      assertTrue(printed.toString().contains("port " + port + " is taken"), printed.toString());
    }
  }

  @Test
  void aModelsFolderWithoutModelsIsNamed() {
    assertEquals(1, run("up", "--port", "0", "--models", "src"));
    assertTrue(printed.toString().contains("--models src"), printed.toString());
  }

  private int run(String... arguments) {
    CommandLine commands = Main.commands();
    commands.setOut(new PrintWriter(printed));
    commands.setErr(new PrintWriter(printed));
    return commands.execute(arguments);
  }

  @Test
  void anUnknownMethodIsRefusedWithTheKnownOnes() {
    StringWriter errors = new StringWriter();
    CommandLine commands = Main.commands().setErr(new PrintWriter(errors));
    assertEquals(2, commands.execute("demo", "--exit", "--method", "trak"));
    assertTrue(
        errors.toString().contains("[rapidgrad, logra, trackstar, lm_head]"), errors.toString());
  }
}
