package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SHA-256 of files, and that their numbers are usable, remembered by path and {@link FileVersion}.
 * Safe for several threads; one that asks for a file that is being read waits for that. Both read
 * the whole file, so never on a transport thread.
 */
public final class FileDigests {
  private final Map<Path, Entry> entries = new ConcurrentHashMap<>();
  private final Map<CheckedFile, Passed> passed = new ConcurrentHashMap<>();

  /** A check of the numbers of a file; equal checks ask the same. */
  @FunctionalInterface
  interface NumberCheck {
    /**
     * Reads what it has to.
     *
     * @throws IllegalArgumentException if a number is not usable
     */
    void require(SafetensorsFile file);
  }

  private record CheckedFile(Path file, NumberCheck check) {}

  private record FiniteCheck(List<String> passedOver) implements NumberCheck {
    @Override
    public void require(SafetensorsFile file) {
      FiniteNumbers.require(file, passedOver);
    }
  }

  /** Apart from the digest, so that asking for a known digest does not wait for the numbers. */
  private static final class Passed {
    private FileVersion version;

    synchronized void require(CheckedFile checked) throws IOException {
      FileVersion now = FileVersion.of(checked.file());
      if (!now.equals(version)) {
        try (SafetensorsFile numbers = SafetensorsFile.open(checked.file())) {
          checked.check().require(numbers);
        }
        version = now;
      }
    }
  }

  /**
   * A digest that is being computed.
   *
   * @param file the file's name
   * @param doneBytes that were read
   * @param totalBytes of the file
   */
  public record Progress(String file, long doneBytes, long totalBytes) {}

  /** What is known of one file; its lock is held while the file is read. */
  private static final class Entry {
    private FileVersion version;
    private String digest;
    private volatile Progress progress;

    synchronized String digest(Path file) throws IOException {
      FileVersion now = FileVersion.of(file);
      if (!now.equals(version)) {
        version = now;
        digest = null;
      }
      if (digest == null) {
        try {
          String computed = compute(file, version.size());
          if (!FileVersion.of(file).equals(version)) {
            throw new ModelFileChangedException(file.getFileName().toString(), null);
          }
          digest = computed;
        } finally {
          progress = null;
        }
      }
      return digest;
    }

    private String compute(Path file, long size) throws IOException {
      MessageDigest sha256 = sha256();
      String name = file.getFileName().toString();
      try (InputStream in = Files.newInputStream(file)) {
        byte[] buffer = new byte[1 << 16];
        long done = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          sha256.update(buffer, 0, read);
          done += read;
          progress = new Progress(name, done, size);
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }

  /**
   * The SHA-256 of a file in lower-case hexadecimal digits.
   *
   * @throws ModelFileChangedException if the file changes while it is read
   */
  public String of(Path file) throws IOException {
    return entries.computeIfAbsent(file, path -> new Entry()).digest(file);
  }

  /**
   * Reads all numbers of a safetensors file, unless they were found finite before.
   *
   * @param passedOver ends of the names of tensors that are not used
   * @throws IllegalArgumentException if one is not finite, or the file is malformed; names the file
   */
  void requireFinite(Path file, List<String> passedOver) throws IOException {
    require(file, new FiniteCheck(passedOver));
  }

  /**
   * Checks the numbers of a safetensors file, unless they passed an equal check before.
   *
   * @throws IllegalArgumentException if they do not pass, or the file is malformed; names the file
   */
  void require(Path file, NumberCheck check) throws IOException {
    CheckedFile checked = new CheckedFile(file, check);
    passed.computeIfAbsent(checked, ignored -> new Passed()).require(checked);
  }

  /** The SHA-256 of a text in lower-case hexadecimal digits. */
  static String ofText(String text) {
    return ofBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The SHA-256 of bytes in lower-case hexadecimal digits. */
  public static String ofBytes(byte[] bytes) {
    return HexFormat.of().formatHex(Entry.sha256().digest(bytes));
  }

  /** Files that are being read now. */
  public List<Progress> progress() {
    return entries.values().stream()
        .map(entry -> Optional.ofNullable(entry.progress))
        .flatMap(Optional::stream)
        .toList();
  }
}
