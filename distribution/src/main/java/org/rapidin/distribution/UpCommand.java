package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Starts a node for the user's own models and data, which stay in {@code .rapidin/up}. Exits with
 * status 1 if the node ends before Ctrl-C.
 */
@Command(
    name = "up",
    description = "Start a node for your own models and data, on loopback, until Ctrl-C.",
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  @Option(
      names = "--port",
      paramLabel = "N",
      description = "HTTP port (default: ${DEFAULT-VALUE}).")
  private int port = 9200;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description =
          "Folder with one Hugging Face model directory per model, or a Hugging Face cache; linked or copied to where the node may read it.")
  private Path models;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Java heap (default: ${DEFAULT-VALUE}).")
  private String heap = "2g";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path work = Main.root().resolve(".rapidin/up");
    try (WorkFolder folder = WorkFolder.kept(work);
        NodeProcess node = new NodeProcess(Main.home(), folder.path(), heap, port, Map.of())) {
      if (models != null) {
        List<String> names = new ModelFolders(node.models()).add(models);
        System.out.println("Models: " + String.join(", ", names));
      }
      Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-node"));
      System.out.println("Starting a node at " + node.address() + " ...");
      node.start();
      System.out.println("Ready. Models are in " + node.models() + ", the log is " + node.log());
      System.out.println("Try: curl " + node.address() + "/_plugins/_rapidin/models");
      System.out.println("Ctrl-C stops it; data and models stay in " + work);
      node.await();
    }
    return 0;
  }
}
