package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before the process of a node starts. */
class NodeProcessTests {
  @Test
  void portThatIsTaken(@TempDir Path work) throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int taken = other.getLocalPort();
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> new NodeProcess(TestNode.assembledHome(), work, "1g", taken, Map.of()));
      assertTrue(refusal.getMessage().contains(String.valueOf(taken)), refusal.getMessage());
    }
  }
}
