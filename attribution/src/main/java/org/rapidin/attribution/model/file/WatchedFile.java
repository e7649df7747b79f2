package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Guards what is read of a mapped file, which other processes may overwrite or truncate in place.
 * Once it has changed it stays unusable. Safe for many threads.
 */
final class WatchedFile {
  private final Path file;
  private final FileVersion version;
  private volatile boolean changed;

  /** Takes the file's version; to be called before it is mapped. */
  WatchedFile(Path file) throws IOException {
    this.file = file;
    this.version = FileVersion.of(file);
  }

  /** The file's name. */
  String name() {
    return file.getFileName().toString();
  }

  /** Whether the file is as it was at first; asks the file system. */
  boolean isCurrent() {
    if (!changed) {
      try {
        changed = !FileVersion.of(file).equals(version);
      } catch (IOException gone) {
        changed = true;
      }
    }
    return !changed;
  }

  /**
   * Reads of the file.
   *
   * @param reader its value counts only if the file did not change before it returned
   * @throws ModelFileChangedException if the file has changed
   */
  <T> T read(Supplier<T> reader) {
    requireCurrent();
    try {
      T value = reader.get();
      // In the try block: the fault of compiled code is raised at the next call into the system.
      requireCurrent();
      return value;
    } catch (InternalError e) { // what a page beyond the end of a truncated file becomes in Java
      changed = true;
      throw new ModelFileChangedException(name(), e);
    }
  }

  private void requireCurrent() {
    if (!isCurrent()) {
      throw new ModelFileChangedException(name(), null);
    }
  }
}
