package org.rapidin.attribution.model.decoder;

import java.util.List;

/** How a model stretches its rotary position embedding. */
public sealed interface RopeScaling {

  /**
   * Angle per position of a pair.
   *
   * @param frequency the unscaled one, in radians per token
   * @param pair index of the pair
   * @param length of the sequence
   */
  double scale(double frequency, int pair, int length);

  /** What cosines and sines are multiplied with. */
  default double factorOfAngles() {
    return 1;
  }

  /** Whether sequences of different lengths have different angles. */
  default boolean dependsOnLength() {
    return false;
  }

  /**
   * Checks that there is a factor for each pair.
   *
   * @param pairs of the rotated part of a head
   */
  default void requireFits(int pairs) {}

  /** Frequencies as they are. */
  record None() implements RopeScaling {
    @Override
    public double scale(double frequency, int pair, int length) {
      return frequency;
    }
  }

  /**
   * All frequencies are divided by one factor.
   *
   * @param factor what they are divided by
   */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double scale(double frequency, int pair, int length) {
      return frequency / factor;
    }
  }

  /**
   * YaRN: frequencies of the first pairs are kept, those of the last divided by the factor, those
   * between blended.
   *
   * @param factor what slow frequencies are divided by
   * @param low up to this pair frequencies are kept
   * @param high from this pair on they are divided
   * @param factorOfAngles what cosines and sines are multiplied with
   */
  record Yarn(double factor, double low, double high, double factorOfAngles)
      implements RopeScaling {
    /** Keeps the blend from being a division by zero. */
    private static final double MIN_WIDTH = 0.001;

    @Override
    public double scale(double frequency, int pair, int length) {
      double width = high == low ? MIN_WIDTH : high - low;
      double divided = Math.clamp((pair - low) / width, 0, 1);
      return frequency / factor * divided + frequency * (1 - divided);
    }
  }

  /**
   * LongRoPE, as in Phi-3: each pair has its own factor, another one in long sequences.
   *
   * @param shortFactors what the pairs' frequencies are divided by in sequences of at most {@code
   *     originalPositions}
   * @param longFactors likewise, in longer ones
   * @param originalPositions context length that the model was first trained with
   * @param factorOfAngles what cosines and sines are multiplied with
   */
  record LongRope(
      List<Double> shortFactors,
      List<Double> longFactors,
      int originalPositions,
      double factorOfAngles)
      implements RopeScaling {
    public LongRope {
      shortFactors = List.copyOf(shortFactors);
      longFactors = List.copyOf(longFactors);
    }

    @Override
    public double scale(double frequency, int pair, int length) {
      return frequency / (length > originalPositions ? longFactors : shortFactors).get(pair);
    }

    @Override
    public boolean dependsOnLength() {
      return true;
    }

    @Override
    public void requireFits(int pairs) {
      if (shortFactors.size() != pairs || longFactors.size() != pairs) {
        throw new IllegalArgumentException(
            "rope_scaling: short_factor has %s and long_factor %s numbers, the rotated part of a head has %s pairs"
                .formatted(shortFactors.size(), longFactors.size(), pairs));
      }
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
    public double scale(double frequency, int pair, int length) {
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
