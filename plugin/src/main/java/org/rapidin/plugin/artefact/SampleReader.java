package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.List;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.sample.ShardDocuments;
import org.rapidin.plugin.sample.VectorSample;

/**
 * Reads the vectors of drawn documents batch by batch, shows progress, and stops when the task is
 * cancelled. Blocks, like {@link VectorSample}; for one thread.
 */
final class SampleReader {
  private final VectorSample sample;
  private final List<Weighted> drawn;
  private final ProgressTask task;
  private int read;

  /**
   * Documents that are drawn.
   *
   * @param weight of all together
   */
  record Weighted(List<ShardDocuments> documents, double weight) {
    int count() {
      return documents.stream().mapToInt(shard -> shard.ids().size()).sum();
    }
  }

  SampleReader(VectorSample sample, List<Weighted> drawn, ProgressTask task) {
    this.sample = sample;
    this.drawn = drawn;
    this.task = task;
  }

  /** Returns the samples, one or two. */
  List<Weighted> drawn() {
    return drawn;
  }

  /** Returns the number of documents of all samples. */
  int documents() {
    return drawn.stream().mapToInt(Weighted::count).sum();
  }

  /**
   * Reads one of the samples.
   *
   * @param layers that follow when all vectors are read
   */
  void read(Weighted one, int layers, VectorSample.Batches batches) throws IOException {
    reached(0, layers);
    sample.read(
        one.documents(),
        vectors -> {
          batches.accept(vectors);
          read += vectors.size();
          reached(0, layers);
        });
  }

  /** Shows how many of the layers are done, unless the task was cancelled. */
  void reached(int layer, int layers) {
    task.progress(new FitProgress(read, documents(), layer, layers));
    check();
  }

  /** Throws if the task was cancelled. */
  void check() {
    task.check();
  }
}
