package org.rapidin.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** The SHA256SUMS file of a directory, as {@code sha256sum -c} reads it: all files, sorted. */
public final class Checksums {
  /** The file's name. */
  public static final String FILE = "SHA256SUMS";

  private Checksums() {}

  /** Writes the file with the checksums of all files below a directory. */
  public static void write(Path directory) throws IOException {
    Files.writeString(directory.resolve(FILE), String.join("\n", of(directory)) + "\n");
  }

  /** Returns one line for each file below a directory except SHA256SUMS. */
  public static List<String> of(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> paths = Files.walk(directory)) {
      files = paths.filter(Files::isRegularFile).sorted().toList();
    }
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      String name = directory.relativize(file).toString().replace('\\', '/');
      if (!name.equals(FILE)) {
        lines.add(HexFormat.of().formatHex(digest(Files.readAllBytes(file))) + "  " + name);
      }
    }
    return lines;
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java runtime has SHA-256", e);
    }
  }
}
