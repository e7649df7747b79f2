package org.rapidin.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rapidin.scorer.CpuScanEngine;

/** A process that looks for devices and prints what it found. */
final class ProbeProcess {
  private ProbeProcess() {}

  public static void main(String[] arguments) {
    try (GpuScanEngine engine =
        new GpuScanEngine(new CpuScanEngine(), GpuSettings.DEFAULT, System.out::println)) {
      engine.probe();
      System.out.println(engine.stats().state());
    }
  }

  /**
   * Returns what the process prints.
   *
   * @param libraries where it finds libcuda.so.1
   */
  static String run(String libraries, String... options) throws IOException {
    return output(libraries, command(options));
  }

  /**
   * Returns what the process prints if its java.io.tmpdir allows no executable files.
   *
   * @param libraries where it finds libcuda.so.1
   */
  static String runWithoutExecutableFiles(String libraries, Path directory) throws IOException {
    return output(
        libraries, NoexecDirectory.wrap(directory, command("-Djava.io.tmpdir=" + directory)));
  }

  private static List<String> command(String... options) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("--add-modules=jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(options));
    command.add(ProbeProcess.class.getName());
    return command;
  }

  private static String output(String libraries, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("LD_LIBRARY_PATH", libraries);
    Process process = builder.start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
