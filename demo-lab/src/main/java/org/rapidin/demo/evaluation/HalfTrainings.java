package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.training.SubsetTrainer;

/**
 * A tiny model's losses after it was trained on halves of some documents. They are appended to a
 * file, one line a half, so that a run that was stopped goes on where it was.
 */
final class HalfTrainings implements AutoCloseable {
  private final SubsetTrainer trainer;
  private final List<Sample> documents;
  private final Path file;

  /**
   * Trains on all documents, unless the files are there.
   *
   * @param text has the seed
   * @param files of the model that is trained on all documents
   * @param baseSteps steps of the training of the base model
   */
  HalfTrainings(
      TorchRuntime runtime, DemoText text, List<Sample> documents, DemoFiles files, int baseSteps)
      throws IOException {
    this.documents = documents;
    this.file = Files.createDirectories(files.root()).resolve("losses.txt");
    this.trainer = new SubsetTrainer(runtime, text, files.root().resolve("base"), baseSteps);
    if (!Files.exists(files.model().resolve("model.safetensors"))) {
      trainer.write(documents, files.model());
    }
  }

  /**
   * Returns losses, halves × questions, in nats per token; two trainings run side by side.
   *
   * @param halves indices of documents
   * @param questions prompts and completions
   */
  double[][] losses(List<int[]> halves, List<Sample> questions)
      throws IOException, InterruptedException, ExecutionException {
    Map<Integer, double[]> known = known(questions.size());
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<double[]>> running = new ArrayList<>();
      for (int i = 0; i < halves.size(); i++) {
        int half = i;
        if (!known.containsKey(half)) {
          running.add(threads.submit(() -> train(half, halves.get(half), questions, known)));
        }
      }
      for (Future<double[]> one : running) {
        one.get();
      }
    }
    double[][] losses = new double[halves.size()][];
    Arrays.setAll(losses, known::get);
    return losses;
  }

  private double[] train(
      int half, int[] indices, List<Sample> questions, Map<Integer, double[]> known)
      throws IOException {
    List<Sample> samples = Arrays.stream(indices).mapToObj(documents::get).toList();
    double[] losses = trainer.losses(samples, questions);
    append(half, losses);
    known.put(half, losses);
    return losses;
  }

  private Map<Integer, double[]> known(int questions) throws IOException {
    Map<Integer, double[]> known = new ConcurrentHashMap<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        double[] numbers =
            Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
        if (numbers.length == questions + 1) {
          known.put((int) numbers[0], Arrays.copyOfRange(numbers, 1, numbers.length));
        }
      }
    }
    return known;
  }

  private synchronized void append(int half, double[] losses) throws IOException {
    String line = Arrays.stream(losses).mapToObj(Double::toString).collect(Collectors.joining(" "));
    Files.writeString(
        file, half + " " + line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void close() {
    trainer.close();
  }
}
