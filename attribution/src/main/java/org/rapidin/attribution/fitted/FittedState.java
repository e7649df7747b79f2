package org.rapidin.attribution.fitted;

/** State that was fitted to vectors or gradients, in memory until it is closed. */
public sealed interface FittedState extends AutoCloseable
    permits DampedInverse, Background, PrincipalComponents {

  /** Returns the fingerprint of the attributor whose vectors or gradients it was fitted to. */
  String fingerprint();

  /** Frees memory outside of the heap, after the last use. */
  @Override
  default void close() {}
}
