package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/** The options of benchmarks that send documents to a node of their own. */
public final class NodeOptions {
  @Option(
      names = "--clients",
      defaultValue = "2",
      description = "Requests under way at once (${DEFAULT-VALUE}).")
  private int clients;

  @Option(names = "--heap", defaultValue = "2g", description = "Java heap (${DEFAULT-VALUE}).")
  private String heap;

  @Option(names = "--set", description = "Setting of the node, name=value.")
  private final Map<String, String> settings = new TreeMap<>();

  /** Requests under way at once. */
  public int clients() {
    return clients;
  }

  /** Starts a node with these options; see {@link BenchNode#start}. */
  public BenchNode start(String name, Path models) throws IOException, InterruptedException {
    return BenchNode.start(name, models, heap, settings);
  }
}
