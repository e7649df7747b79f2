package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.benchmarks.node.Peer;
import org.rapidin.benchmarks.node.Report;

/**
 * {@code src/main/python/peers.py}, which holds the data of one job and does its work when it is
 * told to, so that peers can be measured in turn with the plugin's code. The environment variable
 * RAPIDIN_PYTHON names the interpreter (python3).
 */
final class PeerProcess implements AutoCloseable {
  private static final Path SCRIPT = Path.of("benchmarks/src/main/python/peers.py");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final PrintWriter requests;
  private final List<String> ways = new ArrayList<>();
  private JsonNode last;

  private PeerProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader();
    this.requests = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
  }

  /**
   * Starts the script, and reports the versions of what it found and what is absent.
   *
   * @param threads that BLAS and OpenMP may use
   * @param arguments the job and its arguments, see the script
   * @return nothing if there is no Python, or none of the job's peers
   */
  static Optional<PeerProcess> start(Report report, int threads, Object... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>();
    line.add(Peer.python());
    line.add(SCRIPT.toString());
    List.of(arguments).forEach(argument -> line.add(argument.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
    for (String library : List.of("OMP", "OPENBLAS", "MKL")) {
      builder.environment().put(library + "_NUM_THREADS", Integer.toString(threads));
    }
    PeerProcess peers;
    try {
      peers = new PeerProcess(builder.start());
    } catch (IOException absent) {
      report.note("No peer in Python: " + absent.getMessage());
      return Optional.empty();
    }
    JsonNode found = peers.answer();
    found.path("notes").forEach(note -> report.note(note.asText()));
    found.path("ways").forEach(way -> peers.ways.add(way.asText()));
    if (peers.ways.isEmpty()) {
      peers.close();
      return Optional.empty();
    }
    return Optional.of(peers);
  }

  /** What the script can do in this job. */
  List<String> ways() {
    return ways;
  }

  /** Lets it do some work once. */
  Cost run(String way) throws IOException, InterruptedException {
    requests.println(way);
    last = answer();
    return new Cost(last.path("wall_ms").asDouble(), last.path("cpu_ms").asDouble());
  }

  /** What the last work gave. */
  JsonNode result() {
    return last.path("result");
  }

  private JsonNode answer() throws IOException, InterruptedException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("%s ended with status %s".formatted(SCRIPT, process.waitFor()));
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() throws InterruptedException {
    requests.close();
    process.waitFor();
  }
}
