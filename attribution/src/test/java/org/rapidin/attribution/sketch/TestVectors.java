package org.rapidin.attribution.sketch;

import java.util.SplittableRandom;

/** Families of vectors that gradients resemble, and one made against chunked hashes. */
enum TestVectors {
  /** Independent normal numbers. */
  GAUSSIAN {
    @Override
    float[] draw(SplittableRandom random, int length) {
      return gaussian(random, length);
    }
  },
  /** Log-normal magnitudes: the largest hundredth carries more than half of the squared norm. */
  HEAVY_TAILED {
    @Override
    float[] draw(SplittableRandom random, int length) {
      float[] x = gaussian(random, length);
      for (int i = 0; i < length; i++) {
        x[i] *= (float) Math.exp(1.2 * random.nextGaussian());
      }
      return x;
    }
  },
  /** A linear layer's gradient of two tokens: the sum of two outer products, rows of 128. */
  ROW_STRUCTURED {
    @Override
    float[] draw(SplittableRandom random, int length) {
      float[] x = new float[length];
      for (int token = 0; token < 2; token++) {
        float[] rows = gaussian(random, length / 128);
        float[] columns = gaussian(random, 128);
        for (int i = 0; i < length; i++) {
          x[i] += rows[i / 128] * columns[i % 128];
        }
      }
      return x;
    }
  },
  /** Only positions that are equal modulo 64 differ from zero, in both vectors of a pair. */
  SAME_POSITIONS {
    @Override
    float[] draw(SplittableRandom random, int length) {
      float[] x = gaussian(random, length);
      for (int i = 0; i < length; i++) {
        x[i] = i % 64 == 5 ? x[i] : 0;
      }
      return x;
    }
  };

  /** A vector of the family. */
  abstract float[] draw(SplittableRandom random, int length);

  static float[] gaussian(SplittableRandom random, int length) {
    float[] x = new float[length];
    for (int i = 0; i < length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}
