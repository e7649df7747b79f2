package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * One safetensors file, memory-mapped and strictly checked before anything of it is believed.
 *
 * <ul>
 *   <li><b>[int64]</b> N, little-endian: bytes of the header, at most 25 MB and at most the file
 *   <li><b>[N bytes]</b> JSON object: per tensor {@code dtype}, {@code shape}, {@code
 *       data_offsets}; begins with <code>{</code>, no duplicate keys, at most 4 levels
 *   <li><b>[rest]</b> the tensors' elements, row-major, little-endian, without overlap or holes
 * </ul>
 *
 * <p>Reading is safe for several threads, and refused once the file has changed. The caller of
 * {@link #open} closes it after the last read.
 */
public final class SafetensorsFile implements TensorSource {
  private static final long MAX_HEADER_BYTES = 25_000_000;
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final WatchedFile watched;
  private final Arena arena;
  private final MemorySegment data;
  private final SafetensorsHeader header;

  private SafetensorsFile(
      WatchedFile watched, Arena arena, MemorySegment data, SafetensorsHeader header) {
    this.watched = watched;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Maps and checks a file.
   *
   * @throws IllegalArgumentException if it is not a well-formed safetensors file; names file and
   *     fault
   * @throws ModelFileChangedException if it changes meanwhile
   * @throws IOException if it cannot be read
   */
  public static SafetensorsFile open(Path file) throws IOException {
    WatchedFile watched = new WatchedFile(file);
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return watched.read(() -> parse(watched, arena, mapped));
    } catch (IllegalArgumentException e) {
      arena.close();
      throw new IllegalArgumentException(
          "%s is not a valid safetensors file: %s".formatted(file.getFileName(), e.getMessage()),
          e);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static SafetensorsFile parse(WatchedFile watched, Arena arena, MemorySegment file) {
    if (file.byteSize() < Long.BYTES) {
      throw new IllegalArgumentException(
          "it has %s bytes, at least 8 needed".formatted(file.byteSize()));
    }
    long length = file.get(LENGTH, 0);
    long most = Math.min(MAX_HEADER_BYTES, file.byteSize() - Long.BYTES);
    if (length < 0 || length > most) {
      throw new IllegalArgumentException(
          "its header would have %s bytes, at most %s are possible"
              .formatted(Long.toUnsignedString(length), most));
    }
    byte[] json = file.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment data = file.asSlice(Long.BYTES + length);
    return new SafetensorsFile(
        watched, arena, data, SafetensorsHeader.parse(json, data.byteSize()));
  }

  /** The file's {@code __metadata__} strings; empty if it has none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Set<String> names() {
    return header.tensors().keySet();
  }

  @Override
  public TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException("there is no tensor [%s] in the file".formatted(name));
    }
    return info;
  }

  @Override
  public String file(String name) {
    info(name);
    return watched.name();
  }

  @Override
  public <T> T read(String name, Function<MemorySegment, T> reader) {
    TensorInfo info = info(name);
    MemorySegment bytes = data.asSlice(info.begin(), info.end() - info.begin());
    return watched.read(() -> reader.apply(bytes));
  }

  @Override
  public boolean isCurrent() {
    return watched.isCurrent();
  }

  /** Unmaps the file; a second call does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
