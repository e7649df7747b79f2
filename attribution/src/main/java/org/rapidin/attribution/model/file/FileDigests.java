package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SHA-256 of files, remembered by path, size and time of change. Safe for several threads; a digest
 * reads the whole file, so never on a transport thread.
 */
public final class FileDigests {
  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  private record Known(long size, FileTime changed, String digest) {}

  /** The SHA-256 of a file in lower-case hexadecimal digits. */
  public String of(Path file) throws IOException {
    long size = Files.size(file);
    FileTime changed = Files.getLastModifiedTime(file);
    Known before = known.get(file);
    if (before != null && before.size() == size && before.changed().equals(changed)) {
      return before.digest();
    }
    String digest = compute(file);
    known.put(file, new Known(size, changed, digest));
    return digest;
  }

  private static String compute(Path file) throws IOException {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sha256.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
