package org.rapidin.distribution;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** A node's folder, locked by one command at a time. */
public final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private WorkFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Locks a folder, which is created if absent, and keeps its content.
   *
   * @throws IllegalArgumentException if another command has locked it
   */
  public static WorkFolder kept(Path path) throws IOException {
    Files.createDirectories(path);
    Path file = path.resolveSibling(path.getFileName() + ".lock");
    FileChannel lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      lock.close();
      throw new IllegalArgumentException(
          "another ./rapidin %s is running here: end it first".formatted(path.getFileName()));
    }
    return new WorkFolder(path, lock);
  }

  /**
   * Locks a folder and empties it.
   *
   * @throws IllegalArgumentException if another command has locked it
   */
  public static WorkFolder fresh(Path path) throws IOException {
    WorkFolder folder = kept(path);
    try (Stream<Path> all = Files.walk(path)) {
      for (Path old : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(old);
      }
    }
    return folder;
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
