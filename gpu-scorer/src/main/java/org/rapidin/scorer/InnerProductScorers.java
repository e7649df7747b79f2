package org.rapidin.scorer;

/** Chooses the implementation of {@link InnerProductScorer} for this JVM. */
public final class InnerProductScorers {
  private static final InnerProductScorer BEST =
      CpuVectors.choose(() -> new VectorApiScorer(), () -> new PlainScorer());

  private InnerProductScorers() {}

  /**
   * Returns the fastest scorer that works: the Vector API if the JVM was started with {@code
   * --add-modules=jdk.incubator.vector} on a CPU with fused multiply-add, otherwise plain Java.
   */
  public static InnerProductScorer best() {
    return BEST;
  }
}
