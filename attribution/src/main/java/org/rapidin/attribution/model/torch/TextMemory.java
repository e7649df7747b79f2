package org.rapidin.attribution.model.torch;

import org.rapidin.attribution.memory.ReservedMemory;

/** Reserves what tokenizing a text takes, before it is tokenized. Safe for many threads. */
@FunctionalInterface
public interface TextMemory {
  /** Reserves nothing. */
  TextMemory UNLIMITED = text -> () -> {};

  /**
   * Waits until there is room for a text.
   *
   * @return closed when the tokens have been copied
   */
  ReservedMemory reserve(String text);
}
