package org.rapidin.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One OpenSearch node in a process of its own: Java agent on, loopback only, its data, config and
 * logs in a folder of its own. Not thread-safe; closing stops the node.
 */
public final class NodeProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);

  private final Path home;
  private final Path work;
  private final String heap;
  private final int port;
  private final Map<String, String> settings;
  private Process process;

  /**
   * Prepares a node; {@link #start} starts it.
   *
   * @param home the assembled OpenSearch home; only read
   * @param work folder for config, data, logs and tmp; created if absent, kept
   * @param heap Java heap, as in {@code -Xmx}
   * @param port HTTP port, 0 for any free one
   * @param settings more lines of opensearch.yml
   * @throws IllegalArgumentException if the port is taken
   */
  public NodeProcess(Path home, Path work, String heap, int port, Map<String, String> settings) {
    this.home = home.toAbsolutePath();
    this.work = work.toAbsolutePath();
    this.heap = heap;
    this.port = freePort(port);
    this.settings = settings;
  }

  /** Where the node answers. */
  public URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Where the node looks for model directories. */
  public Path models() {
    return config().resolve("rapidin").resolve("models");
  }

  /** The node's log. */
  public Path log() {
    return work.resolve("node.log");
  }

  /** Starts the process and returns when its cluster has a state that can be searched. */
  public void start() throws IOException, InterruptedException {
    prepareFolders();
    process =
        new ProcessBuilder(commandLine())
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
    awaitReady();
  }

  private void prepareFolders() throws IOException {
    for (String folder : List.of("data", "logs", "tmp")) {
      Files.createDirectories(work.resolve(folder));
    }
    Files.createDirectories(models());
    Files.copy(
        home.resolve("config/log4j2.properties"),
        config().resolve("log4j2.properties"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(config().resolve("opensearch.yml"), configuration());
  }

  private List<String> configuration() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "cluster.name: rapidin",
                "node.name: rapidin",
                "network.host: 127.0.0.1",
                "http.port: " + port,
                "transport.port: " + freePort(0),
                "discovery.type: single-node",
                "path.data: " + work.resolve("data"),
                "path.logs: " + work.resolve("logs"),
                // A laptop's disk is often fuller than a server's should be.
                "cluster.routing.allocation.disk.threshold_enabled: false"));
    settings.forEach((name, value) -> lines.add(name + ": " + value));
    return lines;
  }

  private List<String> commandLine() throws IOException {
    Path agent;
    try (Stream<Path> jars = Files.list(home.resolve("agent"))) {
      agent =
          jars.filter(jar -> jar.getFileName().toString().matches("opensearch-agent-\\d.*\\.jar"))
              .findFirst()
              .orElseThrow(() -> new IOException("no agent in " + home + ": run ./rapidin build"));
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + home.resolve("config/jvm.args"),
        "-Xms" + heap,
        "-Xmx" + heap,
        "-Djava.io.tmpdir=" + work.resolve("tmp"),
        "-javaagent:" + agent,
        "-Dopensearch.path.home=" + home,
        "-Dopensearch.path.conf=" + config(),
        "-cp",
        home.resolve("lib") + "/*",
        "org.opensearch.bootstrap.OpenSearch");
  }

  private void awaitReady() throws IOException, InterruptedException {
    try (OpenSearchClient client = new OpenSearchClient(address())) {
      long deadline = System.nanoTime() + START_LIMIT.toNanos();
      while (!isReady(client)) {
        if (!process.isAlive()) {
          throw new IOException("the node stopped while starting; the end of its log:\n" + tail());
        }
        if (System.nanoTime() > deadline) {
          close();
          throw new IOException("the node did not start within " + START_LIMIT + ", see " + log());
        }
        Thread.sleep(100);
      }
    }
  }

  /** HTTP answers before the shards recover, so the health counts, not the open port. */
  private static boolean isReady(OpenSearchClient client) throws InterruptedException {
    try {
      client.get("/_cluster/health?wait_for_status=yellow&timeout=5s");
      return true;
    } catch (IOException | ApiException notYet) {
      return false;
    }
  }

  /** The last lines of the node's log. */
  public String tail() {
    try {
      List<String> lines = Files.readAllLines(log());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    } catch (IOException unreadable) {
      return "(" + unreadable + ")";
    }
  }

  /** Resident memory of the node's process in bytes, 0 where the system does not tell. */
  public long residentBytes() throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    }
  }

  /** Blocks until the node's process ends. */
  public void await() throws InterruptedException {
    process.waitFor();
  }

  /** Ends the process as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Stops the node in good order; does nothing if it has stopped. */
  @Override
  public void close() {
    if (process == null || !process.isAlive()) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private Path config() {
    return work.resolve("config");
  }

  private static int freePort(int wanted) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
      return socket.getLocalPort();
    } catch (java.net.BindException taken) {
      throw new IllegalArgumentException(
          "port " + wanted + " is taken: stop what listens there or choose another with --port",
          taken);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
