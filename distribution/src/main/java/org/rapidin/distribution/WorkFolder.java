package org.rapidin.distribution;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** A node's folder, held by one command at a time: a second one is refused, not mixed in. */
final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private WorkFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Takes a folder and keeps what is in it.
   *
   * @throws IllegalArgumentException if a running command holds it
   */
  static WorkFolder kept(Path path) throws IOException {
    Files.createDirectories(path);
    Path file = path.resolveSibling(path.getFileName() + ".lock");
    FileChannel lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      lock.close();
      throw new IllegalArgumentException(
          "another ./rapidin " + path.getFileName() + " is running here: end it first");
    }
    return new WorkFolder(path, lock);
  }

  /**
   * Takes a folder and empties it.
   *
   * @throws IllegalArgumentException if a running command holds it
   */
  static WorkFolder fresh(Path path) throws IOException {
    WorkFolder folder = kept(path);
    try (Stream<Path> all = Files.walk(path)) {
      for (Path old : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(old);
      }
    }
    return folder;
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
