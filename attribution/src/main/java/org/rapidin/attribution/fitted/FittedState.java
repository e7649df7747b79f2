package org.rapidin.attribution.fitted;

/** State that was fitted to vectors, in memory until it is closed. */
public sealed interface FittedState extends AutoCloseable permits DampedInverse, Background {

  /** Returns the fingerprint of the attributor whose vectors it was fitted to. */
  String fingerprint();

  /** Frees memory outside of the heap, after the last use. */
  @Override
  default void close() {}
}
