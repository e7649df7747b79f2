package org.rapidin.scorer;

import java.util.function.Supplier;

/** Chooses between implementations with the Vector API and without it. */
public final class CpuVectors {
  private CpuVectors() {}

  /**
   * Returns an implementation that works in this JVM.
   *
   * @param vector used if the JVM was started with {@code --add-modules=jdk.incubator.vector} and
   *     the API is fast on this CPU; not called otherwise. A lambda, because a method reference
   *     loads its class where it is evaluated
   * @param plain used otherwise
   */
  public static <T> T choose(Supplier<? extends T> vector, Supplier<? extends T> plain) {
    try {
      return VectorApiScorer.isFast() ? vector.get() : plain.get();
    } catch (LinkageError absent) {
      // This JVM was started without the incubator module, which must not fail a search.
      return plain.get();
    }
  }

  /** Whether {@link #choose} takes the first of both. */
  public static boolean areUsed() {
    return choose(() -> true, () -> false);
  }

  /** Says what computes in this JVM, and why it is not the Vector API. */
  public static String description() {
    try {
      int bits = VectorApiScorer.registerBits();
      return VectorApiScorer.isFast()
          ? "Vector API, %s bits".formatted(bits)
          : "plain Java, because the registers of this processor have %s bits".formatted(bits);
    } catch (LinkageError absent) {
      return "plain Java, because the JVM was started without --add-modules=jdk.incubator.vector";
    }
  }
}
