package org.rapidin.attribution.model.decoder;

import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.model.file.SafetensorsFile;

/**
 * One sequence of the reference data with the numbers that others computed for it in float64.
 *
 * @param file that has them
 * @param name {@code seqA} or {@code seqB}
 */
public record ReferenceSequence(SafetensorsFile file, String name) {

  /** Token ids. */
  public long[] ids() {
    return file.read(name + ".ids", bytes -> bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED));
  }

  /** The ids, or -100 where there is no loss. */
  public long[] labels() {
    return file.read(name + ".labels", bytes -> bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED));
  }

  /** Logits, T x vocabulary. */
  public double[] logits() {
    return doubles(name + ".logits");
  }

  /** Losses of tokens 1 to T-1, 0 where there is no loss. */
  public double[] tokenLosses() {
    return doubles(name + ".token_losses");
  }

  /** Gradient of the mean loss with respect to a parameter. */
  public double[] gradient(String parameter) {
    return doubles(name + ".grad." + parameter);
  }

  /** The mean loss. */
  public double loss() {
    return doubles(name + ".loss")[0];
  }

  private double[] doubles(String tensor) {
    return doubles(file, tensor);
  }

  /** A tensor of float64. */
  public static double[] doubles(SafetensorsFile file, String tensor) {
    return file.read(tensor, bytes -> bytes.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
  }
}
