package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.torch.TorchRuntime;

/** Makes a vector of each text; inner products of vectors, or their cosines, are scores. */
interface VectorMethod {

  /** Returns the name in tables. */
  String name();

  /** Returns everything that vectors depend on but for the model and the texts. */
  String key();

  /** Returns how many checkpoints a vector has numbers of, one after the other; 1 if mixed. */
  int parts();

  /** Returns whether scores are cosines. */
  boolean cosine();

  /** Returns whether the model's directory must have second moments. */
  default boolean needsMoments() {
    return false;
  }

  /**
   * Loads a model.
   *
   * @param models the directory that holds the model's directory
   * @param sample documents that a method may be fitted to
   */
  Session open(TorchRuntime runtime, Path models, List<Sample> sample) throws IOException;

  /** A model in memory. For one thread. */
  interface Session extends AutoCloseable {

    /** Returns the vectors of documents, as a search sees them. */
    float[][] documents(List<Sample> samples);

    /** Returns the vector of a question. */
    float[] question(Question question);

    /** Returns the bytes of a stored vector. */
    int bytes();

    @Override
    void close();
  }
}
