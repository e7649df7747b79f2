package org.rapidin.gpu;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.function.Consumer;
import jcuda.JCudaVersion;
import jcuda.LibUtils;

/**
 * Loads JCuda's native library. JCuda would extract it itself, but loads whatever has its name in
 * java.io.tmpdir, and half a file there crashes the process.
 */
final class JcudaLibrary {
  private JcudaLibrary() {}

  /**
   * Puts the library where JCuda looks for it and loads it.
   *
   * @throws IOException if it cannot be written
   * @throws UnsatisfiedLinkError if it cannot be loaded
   */
  static void load() throws IOException {
    load(Path.of(System.getProperty("java.io.tmpdir")), file -> System.load(file));
  }

  /**
   * As {@link #load()}.
   *
   * @param directory where JCuda looks
   * @param linker loads the library with a path
   */
  static void load(Path directory, Consumer<String> linker) throws IOException {
    Path file;
    try {
      file = extract(directory);
    } catch (IOException e) {
      throw new IOException("cannot write JCuda's library to java.io.tmpdir: %s".formatted(e), e);
    }
    try {
      linker.accept(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw (UnsatisfiedLinkError) new UnsatisfiedLinkError(reason(file, e)).initCause(e);
    }
  }

  private static String reason(Path file, UnsatisfiedLinkError e) {
    return String.valueOf(e.getMessage()).contains("another classloader")
        ? "another plugin of this process has loaded JCuda's library %s".formatted(file)
        : "cannot load %s (java.io.tmpdir must allow executable files): %s"
            .formatted(file, e.getMessage());
  }

  /**
   * Writes the library unless it is there already. Another process that does the same sees either
   * nothing or the whole file.
   */
  static Path extract(Path directory) throws IOException {
    String name =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
    byte[] library = resource("/lib/" + name);
    Path file = directory.toAbsolutePath().resolve(name);
    if (!has(file, library)) {
      Path temporary = Files.createTempFile(file.getParent(), name, ".part");
      try {
        Files.write(temporary, library);
        if (!has(temporary, library)) {
          throw new IOException("%s is not what was written".formatted(temporary));
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
    return file;
  }

  private static boolean has(Path file, byte[] content) throws IOException {
    try {
      return Files.size(file) == content.length && Arrays.equals(Files.readAllBytes(file), content);
    } catch (NoSuchFileException | AccessDeniedException unreadable) {
      return false;
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = LibUtils.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(
            "JCuda has no library for this platform: %s".formatted(name));
      }
      return in.readAllBytes();
    }
  }
}
