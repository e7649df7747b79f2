package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/**
 * Rows as of a segment: a mapped file of up to 1 GiB, more than the processor's caches hold, over
 * and over again.
 */
final class RepeatedRows implements SegmentRows, AutoCloseable {
  private static final int VECTORS = 256;
  private static final long MAX_FILE_BYTES = 1L << 30;

  private final Arena arena = Arena.ofShared();
  private final SegmentEnd key = new SegmentEnd();
  private final int rows;
  private final RandomVectors vectors;
  private final RowMatrix block;

  RepeatedRows(ElementType type, int rows, int dimension) throws IOException {
    this.rows = rows;
    byte[][] encoded = new byte[Math.min(VECTORS, rows)][];
    IntStream.range(0, encoded.length)
        .parallel()
        .forEach(i -> encoded[i] = type.encode(RandomVectors.vector(dimension, i)));
    vectors = RandomVectors.of(encoded, type::decode);
    block = map(encoded, mappedRows(type, rows, dimension) / encoded.length, type, dimension);
  }

  /** Returns how many of n rows are in the file before they repeat. */
  static int mappedRows(ElementType type, int rows, int dimension) {
    int vectors = Math.min(VECTORS, rows);
    long fitting = Math.min(MAX_FILE_BYTES / type.rowLength(dimension), rows);
    return (int) Math.max(1, fitting / vectors) * vectors;
  }

  /** Writes the vectors several times, then their scales as often. */
  private RowMatrix map(byte[][] encoded, int repetitions, ElementType type, int dimension)
      throws IOException {
    int valuesLength = type.valuesLength(dimension);
    ByteBuffer values = ByteBuffer.allocate(encoded.length * valuesLength);
    ByteBuffer scales = ByteBuffer.allocate(encoded.length * ElementType.SCALE_BYTES);
    for (byte[] row : encoded) {
      values.put(row, 0, valuesLength);
      scales.put(row, valuesLength, ElementType.SCALE_BYTES);
    }
    Path file = Files.createTempFile("rows", null);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (ByteBuffer part : List.of(values, scales)) {
        for (int i = 0; i < repetitions; i++) {
          part.rewind();
          while (part.hasRemaining()) {
            channel.write(part);
          }
        }
      }
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      long valuesBytes = (long) repetitions * values.capacity();
      return new RowMatrix(
          mapped.asSlice(0, valuesBytes),
          mapped.asSlice(valuesBytes),
          type,
          repetitions * encoded.length,
          dimension);
    } finally {
      // It stays mapped.
      Files.delete(file);
    }
  }

  RandomVectors vectors() {
    return vectors;
  }

  /** Returns the rows that are repeated. */
  RowMatrix block() {
    return block;
  }

  @Override
  public ElementType elementType() {
    return block.elementType();
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int dimension() {
    return block.dimension();
  }

  @Override
  public List<RowPiece> mapped() {
    return rows == block.rows() ? List.of(new RowPiece(0, block)) : List.of();
  }

  @Override
  public void read(
      int first, int count, MemorySegment values, long valuesStride, MemorySegment scales) {
    for (int done = 0, length; done < count; done += length) {
      int at = (first + done) % block.rows();
      length = Math.min(count - done, block.rows() - at);
      block.read(
          at,
          length,
          values.asSlice(done * valuesStride),
          valuesStride,
          scales.asSlice((long) done * ElementType.SCALE_BYTES));
    }
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.of(key);
  }

  /** Closes the segment: its rows on devices are freed. */
  @Override
  public void close() {
    key.close();
    arena.close();
  }
}
