package org.rapidin.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One OpenSearch node in its own process, with the Java agent, on loopback; its data, configuration
 * and logs are in one folder. Closing stops the node. One thread starts and awaits it; any thread
 * may close it.
 */
public final class NodeProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);

  private final Path home;
  private final NodeFolder folder;
  private final String heap;
  private final int port;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private UnaryOperator<List<String>> wrapper = UnaryOperator.identity();
  private volatile Process process;
  private volatile boolean stopping;

  /**
   * Prepares a node; {@link #start} starts it.
   *
   * @param home the assembled OpenSearch home; only read
   * @param work folder for config, data, logs and tmp; created if absent, kept
   * @param heap Java heap, as in {@code -Xmx}
   * @param port HTTP port, 0 for any free one
   * @param settings lines of opensearch.yml that are added to or replace the defaults
   * @throws IllegalArgumentException if the port is taken
   */
  public NodeProcess(Path home, Path work, String heap, int port, Map<String, String> settings) {
    this.home = home.toAbsolutePath();
    this.folder = new NodeFolder(work.toAbsolutePath());
    this.heap = heap;
    this.port = freePort(port);
    this.settings.put("path.data", folder.data().toString());
    this.settings.put("path.logs", folder.logs().toString());
    this.settings.put("cluster.name", "rapidin");
    this.settings.put("node.name", "rapidin");
    this.settings.put("network.host", "127.0.0.1");
    this.settings.put("http.port", Integer.toString(this.port));
    this.settings.put("transport.port", Integer.toString(freePort(0)));
    this.settings.put("discovery.type", "single-node");
    // A laptop's disk is often fuller than a server's should be.
    this.settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    this.settings.putAll(settings);
  }

  /** Adds variables to the environment of the process, which is otherwise that of this one. */
  public void environment(Map<String, String> variables) {
    environment.putAll(variables);
  }

  /**
   * Lets the process start in a control group, whose limit it takes for the machine's memory.
   *
   * @param group or null for that of this process
   */
  public void cgroup(MemoryCgroup group) {
    wrap(group == null ? UnaryOperator.identity() : group::wrap);
  }

  /** Replaces the command line, with one that becomes the node in the end. */
  void wrap(UnaryOperator<List<String>> command) {
    this.wrapper = command;
  }

  /** Where the node answers. */
  public URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Where the node looks for model directories. */
  public Path models() {
    return folder.config().resolve("rapidin").resolve("models");
  }

  /** The node's log. */
  public Path log() {
    return folder.log();
  }

  /** The id of the running process. */
  public long pid() {
    return process.pid();
  }

  /** Memory and CPU time of the running process. */
  public ProcessUsage usage() throws IOException {
    return ProcessUsage.of(process.pid());
  }

  /** Starts the process and returns when its cluster has a state that can be searched. */
  public void start() throws IOException, InterruptedException {
    Files.createDirectories(models());
    folder.prepare(home, settings);
    ProcessBuilder builder =
        new ProcessBuilder(wrapper.apply(commandLine()))
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile());
    builder.environment().putAll(environment);
    process = builder.start();
    awaitReady();
  }

  private List<String> commandLine() throws IOException {
    Path agent;
    try (Stream<Path> jars = Files.list(home.resolve("agent"))) {
      agent =
          jars.filter(jar -> jar.getFileName().toString().matches("opensearch-agent-\\d.*\\.jar"))
              .findFirst()
              .orElseThrow(
                  () -> new IOException("no agent in %s: run ./rapidin build".formatted(home)));
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + home.resolve("config/jvm.args"),
        "-Xms" + heap,
        "-Xmx" + heap,
        "-Djava.io.tmpdir=" + folder.tmp(),
        "-javaagent:" + agent,
        "-Dopensearch.path.home=" + home,
        "-Dopensearch.path.conf=" + folder.config(),
        "-cp",
        home.resolve("lib") + "/*",
        "org.opensearch.bootstrap.OpenSearch");
  }

  private void awaitReady() throws IOException, InterruptedException {
    try (OpenSearchClient client = new OpenSearchClient(address())) {
      long deadline = System.nanoTime() + START_LIMIT.toNanos();
      while (!isReady(client)) {
        if (!process.isAlive()) {
          throw ended("stopped while starting");
        }
        if (System.nanoTime() > deadline) {
          close();
          throw new IOException(
              "the node did not start within %d s, see %s"
                  .formatted(START_LIMIT.toSeconds(), log()));
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

  /**
   * Blocks until the node's process ends.
   *
   * @throws IOException if it ended other than by {@link #close}; has the cause as far as the exit
   *     status tells it, and the end of the log
   */
  public void await() throws IOException, InterruptedException {
    process.waitFor();
    if (!stopping) {
      throw ended("ended unexpectedly");
    }
  }

  private IOException ended(String how) {
    String log = folder.tail();
    int status = process.exitValue();
    return new IOException(
        "the node %s with status %d%s; the end of its log, %s:%n%s"
            .formatted(how, status, cause(status, log), log(), log));
  }

  /** What an exit status means: the JVM's own statuses, and 128 plus the number of a signal. */
  private static String cause(int status, String log) {
    if (log.contains("java.lang.OutOfMemoryError")) {
      return ": its Java heap is exhausted (start it with a larger --heap)";
    }
    return switch (status) {
      case 128 + 6 -> ": it crashed in native code (SIGABRT)";
      case 128 + 9 -> ": it was killed (SIGKILL; the kernel does so when memory runs out)";
      case 128 + 11 -> ": it crashed in native code (SIGSEGV)";
      case 128 + 15 -> ": it was told to stop (SIGTERM)";
      default -> "";
    };
  }

  /** Ends the process as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Stops the node gracefully; does nothing if it has stopped. */
  @Override
  public void close() {
    stopping = true;
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

  private static int freePort(int wanted) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
      return socket.getLocalPort();
    } catch (BindException taken) {
      throw new IllegalArgumentException(
          "port %d is taken: stop what listens there or choose another with --port"
              .formatted(wanted),
          taken);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
