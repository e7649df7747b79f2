package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.Checksums;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;

/**
 * What protocols share: models, and inner products of texts, which are computed once and kept in a
 * folder, so that an evaluation that was stopped goes on where it was. Thread-safe.
 */
final class Laboratory {
  private static final int PIECE = 64;

  /** Documents that second moments and principal components are estimated from. */
  private static final int SAMPLE = 200;

  private final TorchRuntime runtime;
  private final Path folder;
  private final EvaluationProgress progress;
  private final Size size;

  /**
   * How much is computed.
   *
   * @param documents of a set, at most
   * @param generations of each kind, at most
   * @param repeats of what has a seed: compressions, shuffled models
   */
  record Size(int documents, int generations, int repeats) {
    /** All of it. */
    static final Size FULL = new Size(1 << 20, 1 << 20, 3);

    /** What tests have time for. */
    static final Size QUICK = new Size(24, 2, 1);
  }

  /**
   * @param runtime with one thread an operation: two methods run side by side
   * @param folder for what is kept
   */
  Laboratory(TorchRuntime runtime, Path folder, EvaluationProgress progress, Size size)
      throws IOException {
    this.runtime = runtime;
    this.folder = Files.createDirectories(folder);
    this.progress = progress;
    this.size = size;
  }

  TorchRuntime runtime() {
    return runtime;
  }

  Path folder() {
    return folder;
  }

  Size size() {
    return size;
  }

  /** Returns the methods that are compared. */
  List<VectorMethod> methods() {
    return size.equals(Size.QUICK) ? Methods.few() : Methods.all();
  }

  /** Computes what all of the methods need for some sets. */
  void prepareAll(List<DemoSet> sets) throws IOException, InterruptedException, ExecutionException {
    List<Wanted> wanted = new ArrayList<>();
    for (DemoSet set : sets) {
      methods().forEach(method -> wanted.add(new Wanted(set, method)));
    }
    prepare(wanted);
  }

  /** One matrix that a protocol needs. */
  record Wanted(DemoSet set, VectorMethod method) {}

  /** Computes the matrices that are not there yet, two at a time. */
  void prepare(List<Wanted> wanted) throws IOException, InterruptedException, ExecutionException {
    Map<Path, Wanted> missing = new LinkedHashMap<>();
    for (Wanted one : wanted) {
      Path file = file(one.set(), one.method());
      if (!Files.exists(file)) {
        missing.putIfAbsent(file, one);
      }
    }
    long texts =
        missing.values().stream()
            .mapToLong(one -> one.set().documents().size() + one.set().questions().size())
            .sum();
    progress.begin("vectors", texts);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<?>> running = new ArrayList<>();
      for (Wanted one : missing.values()) {
        running.add(threads.submit(() -> gram(one.set(), one.method())));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      progress.end();
    }
  }

  /** Returns the products of a set's texts, documents first, from the folder if they are there. */
  GramMatrix gram(DemoSet set, VectorMethod method) throws IOException {
    Path file = file(set, method);
    if (Files.exists(file)) {
      return GramMatrix.read(file);
    }
    GramMatrix gram;
    try (NDManager manager = runtime.newManager()) {
      gram = GramMatrix.of(manager, vectors(set, method), method.parts());
    }
    gram.write(file);
    return gram;
  }

  /** Returns scores from the products. */
  Influences influences(DemoSet set, VectorMethod method) throws IOException {
    GramMatrix gram = gram(set, method);
    return new Influences(gram.whole(), set.documents().size(), gram.dimension());
  }

  /** Computes the vectors of all texts, documents first. */
  float[][] vectors(DemoSet set, VectorMethod method) throws IOException {
    int documents = set.documents().size();
    float[][] vectors = new float[documents + set.questions().size()][];
    List<Sample> samples = set.documents().stream().map(DemoAttributor::sample).toList();
    try (VectorMethod.Session session = open(set, method)) {
      for (int from = 0; from < documents; from += PIECE) {
        int to = Math.min(from + PIECE, documents);
        float[][] some = session.documents(samples.subList(from, to));
        System.arraycopy(some, 0, vectors, from, some.length);
        progress.step(some.length);
      }
      for (int i = 0; i < set.questions().size(); i++) {
        vectors[documents + i] = session.question(set.questions().get(i));
        progress.step(1);
      }
    }
    return vectors;
  }

  /** Loads a method's model. What the method fits, it fits to the first documents of the set. */
  VectorMethod.Session open(DemoSet set, VectorMethod method) throws IOException {
    List<Sample> sample =
        set.documents().stream().limit(SAMPLE).map(DemoAttributor::sample).toList();
    return method.open(runtime, models(set, method), sample);
  }

  /** Returns the directory of a set's model, with second moments where the method needs them. */
  private Path models(DemoSet set, VectorMethod method) throws IOException {
    return method.needsMoments() ? withMoments(set) : set.files().models();
  }

  private synchronized Path withMoments(DemoSet set) throws IOException {
    Path models = folder.resolve("moments-" + digest(checksums(set.files().model())));
    Path model = models.resolve(DemoAttributor.MODEL);
    Path moments = model.resolve("exp_avg_sq.safetensors");
    if (!Files.exists(moments)) {
      ShuffledModel.copy(set.files().model(), model);
      Path unfinished = models.resolve("moments.part");
      SecondMomentSample.write(runtime, set, SAMPLE, unfinished);
      Files.move(unfinished, moments);
    }
    return models;
  }

  /** Returns the files of a set's model with shuffled numbers. */
  synchronized DemoFiles shuffled(DemoSet set, long seed) throws IOException {
    DemoFiles files = new DemoFiles(folder.resolve("shuffled-" + set.text().seed() + "-" + seed));
    ShuffledModel.write(set.files().model(), files.model(), seed);
    return files;
  }

  private Path file(DemoSet set, VectorMethod method) throws IOException {
    StringBuilder key = new StringBuilder(method.key());
    key.append(checksums(models(set, method).resolve(DemoAttributor.MODEL)));
    set.documents().forEach(document -> append(key, DemoAttributor.sample(document)));
    for (Question question : set.questions()) {
      append(key, question.sample());
      key.append(question.tokens());
    }
    return folder.resolve("products-%s.bin".formatted(digest(key.toString())));
  }

  private static void append(StringBuilder key, Sample sample) {
    key.append(sample.prompt()).append('\n').append(sample.completion()).append('\n');
  }

  private static String checksums(Path model) throws IOException {
    return String.join("\n", Checksums.of(model));
  }

  private static String digest(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java runtime has SHA-256", e);
    }
  }
}
