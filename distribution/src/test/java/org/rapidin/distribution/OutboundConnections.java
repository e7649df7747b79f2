package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Samples the sockets of a process and records remote addresses that are not loopback. A look-up of
 * a name that no server answers lasts for seconds, and so does a connection, so neither is missed.
 */
final class OutboundConnections implements AutoCloseable {
  private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

  /** 0.0.0.0, 127.x.x.x, and the same in IPv6, in the byte order of /proc/net. */
  private static final Pattern LOCAL =
      Pattern.compile("(0{24}|0{16}FFFF0000)?(0{8}|[0-9A-F]{6}7F)|0{24}01000000");

  private final Path process;
  private final Set<String> seen = new TreeSet<>();
  private final Thread sampler = new Thread(this::sample, "outbound-connections");
  private int samples;

  /**
   * @param pid of the process, which this class watches until it is closed
   */
  OutboundConnections(long pid) {
    this.process = Path.of("/proc", Long.toString(pid));
    sampler.setDaemon(true);
    sampler.start();
  }

  /** Remote addresses as /proc/net writes them, sorted. */
  synchronized List<String> seen() {
    return List.copyOf(seen);
  }

  synchronized int samples() {
    return samples;
  }

  private void sample() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Set<String> sockets = sockets();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
          record(process.resolve("net").resolve(table), sockets);
        }
        synchronized (this) {
          samples++;
        }
        Thread.sleep(20);
      }
    } catch (IOException ended) {
      // The process has gone.
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private Set<String> sockets() throws IOException {
    try (Stream<Path> files = Files.list(process.resolve("fd"))) {
      return files
          .map(OutboundConnections::target)
          .map(SOCKET::matcher)
          .filter(Matcher::matches)
          .map(matcher -> matcher.group(1))
          .collect(Collectors.toSet());
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  private void record(Path table, Set<String> sockets) throws IOException {
    if (!Files.exists(table)) {
      return;
    }
    for (String line : Files.readAllLines(table).stream().skip(1).toList()) {
      String[] fields = line.strip().split("\\s+");
      String remote = fields[2].substring(0, fields[2].indexOf(':'));
      if (sockets.contains(fields[9]) && !LOCAL.matcher(remote).matches()) {
        synchronized (this) {
          seen.add(table.getFileName() + " " + fields[2]);
        }
      }
    }
  }

  @Override
  public void close() {
    sampler.interrupt();
  }
}
