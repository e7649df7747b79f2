package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;

/** Runs protocols and writes their tables between two comments of a Markdown file. */
public final class Evaluation {
  private static final String BEGIN = "<!-- evaluate %s: begin -->";
  private static final String END = "<!-- evaluate %s: end -->";

  private final Laboratory lab;
  private final List<DemoSet> sets = new ArrayList<>();

  /** How much is computed. */
  public enum Size {
    /** What the document shows. */
    FULL,
    /** A few texts, to see whether everything runs. */
    QUICK
  }

  /**
   * @param runtime with one thread an operation
   * @param folder where products are kept, so that a run that was stopped can go on
   */
  public Evaluation(TorchRuntime runtime, Path folder, EvaluationProgress progress, Size size)
      throws IOException {
    this.lab =
        new Laboratory(
            runtime,
            folder,
            progress,
            size == Size.FULL ? Laboratory.Size.FULL : Laboratory.Size.QUICK);
  }

  /** Adds a training: its files as {@code train-demo} writes them. */
  public void add(DemoFiles files, DemoText text) throws IOException {
    DemoSet set = DemoSet.load(lab.runtime(), files, text);
    DemoSet some = set.begin(lab.size().documents(), lab.size().generations());
    sets.add(some.withTeachersFrom(set.documents()));
  }

  /** Returns the names of all protocols. */
  public static List<String> protocols() {
    return protocols(Path.of("")).stream().map(EvaluationProtocol::name).toList();
  }

  private static List<EvaluationProtocol> protocols(Path chart) {
    return List.of(
        new Fidelity(),
        new Calibration(),
        new Backdoor(),
        new Sanity(),
        new Facts(),
        new LinearDatamodel(),
        new Cost(chart));
  }

  /**
   * Runs a protocol with the trainings that were added.
   *
   * @param chart where {@code cost} writes its picture
   * @return Markdown
   * @throws IllegalArgumentException if there is no such protocol
   */
  public String run(String name, Path chart)
      throws IOException, InterruptedException, ExecutionException {
    EvaluationProtocol protocol =
        protocols(chart).stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no protocol [%s], only %s".formatted(name, protocols())));
    String text = protocol.run(lab, List.copyOf(sets));
    return "Measured %s, load %s, Java %s.%n%n%s"
        .formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS), load(), Runtime.version(), text);
  }

  private static String load() throws IOException {
    Path file = Path.of("/proc/loadavg");
    return Files.exists(file) ? Files.readString(file).split(" ")[0] : "unknown";
  }

  /**
   * Replaces a protocol's section of a Markdown file.
   *
   * @throws IOException if the file has no such section
   */
  public static void replace(Path file, String protocol, String text) throws IOException {
    String before = Files.readString(file);
    String begin = BEGIN.formatted(protocol);
    String end = END.formatted(protocol);
    int from = before.indexOf(begin);
    int to = before.indexOf(end, Math.max(0, from));
    if (from < 0 || to < 0) {
      throw new IOException("[%s] has no lines [%s] and [%s]".formatted(file, begin, end));
    }
    String head = before.substring(0, from + begin.length());
    Files.writeString(file, head + "\n" + text.strip() + "\n" + before.substring(to));
  }
}
