package org.rapidin.attribution.compressor;

import java.util.function.Function;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.gradient.TensorSink;

/**
 * Multiplies each finished vector with the inverse root of an autocorrelation. That is linear, so
 * it does not matter that gradients of checkpoints and tokens are added up before.
 */
final class WhitenedCompressor implements Compressor {
  private final Compressor compressor;
  private final ArtefactSource.Held autocorrelation;

  /** Both are closed with this. */
  WhitenedCompressor(Compressor compressor, ArtefactSource.Held autocorrelation) {
    this.compressor = compressor;
    this.autocorrelation = autocorrelation;
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
      autocorrelation.close();
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
      return autocorrelation.inverse().applyRoot(vectors.finish(row));
    }

    @Override
    public void close() {
      vectors.close();
    }
  }
}
