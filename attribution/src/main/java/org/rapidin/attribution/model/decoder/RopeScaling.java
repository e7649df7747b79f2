package org.rapidin.attribution.model.decoder;

/** How a model stretches its rotary position embedding. */
public sealed interface RopeScaling {

  /** Angle per position of a frequency, given the unscaled one (radians per token). */
  double scale(double frequency);

  /** Frequencies as they are. */
  record None() implements RopeScaling {
    @Override
    public double scale(double frequency) {
      return frequency;
    }
  }

  /**
   * Llama 3.1: long waves are divided by the factor, short ones kept, those between blended.
   *
   * @param factor what long waves are divided by
   * @param lowFrequencyFactor waves longer than original/this are long
   * @param highFrequencyFactor waves shorter than original/this are short
   * @param originalPositions context length that the model was first trained with
   */
  record Llama3(
      double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
      implements RopeScaling {
    public Llama3 {
      if (!(highFrequencyFactor > lowFrequencyFactor)) {
        throw new IllegalArgumentException(
            "rope_scaling: high_freq_factor must be more than low_freq_factor, got %s and %s"
                .formatted(highFrequencyFactor, lowFrequencyFactor));
      }
    }

    @Override
    public double scale(double frequency) {
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < originalPositions / highFrequencyFactor) {
        return frequency;
      }
      if (wavelength > originalPositions / lowFrequencyFactor) {
        return frequency / factor;
      }
      double smooth =
          (originalPositions / wavelength - lowFrequencyFactor)
              / (highFrequencyFactor - lowFrequencyFactor);
      return (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }
}
