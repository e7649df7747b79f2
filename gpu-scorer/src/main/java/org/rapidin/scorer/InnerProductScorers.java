package org.rapidin.scorer;

/** Chooses how this JVM computes inner products. */
public final class InnerProductScorers {
  private static final InnerProductScorer BEST = choose();

  private InnerProductScorers() {}

  /**
   * The fastest scorer that works here: the Vector API where the JVM was started with {@code
   * --add-modules=jdk.incubator.vector} on a CPU with fused multiply-add, else plain Java.
   */
  public static InnerProductScorer best() {
    return BEST;
  }

  private static InnerProductScorer choose() {
    try {
      return VectorApiScorer.isFast() ? new VectorApiScorer() : new PlainScorer();
    } catch (LinkageError absent) {
      // The incubator module is not in this JVM: normal, and no reason to fail a search.
      return new PlainScorer();
    }
  }
}
