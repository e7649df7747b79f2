package org.rapidin.attribution.compressor;

import java.util.function.Function;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.gradient.TensorSink;

/**
 * Multiplies each finished vector with the inverse root of an autocorrelation. That is linear, so
 * it does not matter that gradients of checkpoints and tokens are added up before.
 */
final class WhitenedCompressor implements Compressor {
  private final Compressor compressor;
  private final DampedInverse autocorrelation;
  private final ArtefactSource.Held held;

  /**
   * Corrects the vectors of another compressor.
   *
   * @param compressor is closed with this
   * @param held has the autocorrelation, and is closed with this
   */
  WhitenedCompressor(
      Compressor compressor, DampedInverse autocorrelation, ArtefactSource.Held held) {
    this.compressor = compressor;
    this.autocorrelation = autocorrelation;
    this.held = held;
  }

  @Override
  public <T> T compute(int rows, Function<RowVectors, T> work) {
    return compressor.compute(rows, vectors -> work.apply(new Whitened(vectors)));
  }

  @Override
  public String place() {
    return compressor.place();
  }

  @Override
  public void close() {
    try {
      compressor.close();
    } finally {
      held.close();
    }
  }

  private final class Whitened implements RowVectors {
    private final RowVectors vectors;

    Whitened(RowVectors vectors) {
      this.vectors = vectors;
    }

    @Override
    public TensorSink checkpoint(int checkpoint, Scale scale) {
      return vectors.checkpoint(checkpoint, scale);
    }

    @Override
    public float[] finish(int row) {
      return autocorrelation.applyRoot(vectors.finish(row));
    }

    @Override
    public void close() {
      vectors.close();
    }
  }
}
