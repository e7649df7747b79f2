package org.rapidin.attribution.memory;

/** Native memory that is counted until it is closed; a second close does nothing. */
public interface ReservedMemory extends AutoCloseable {
  @Override
  void close();
}
