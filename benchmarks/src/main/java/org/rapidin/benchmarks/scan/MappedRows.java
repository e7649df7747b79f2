package org.rapidin.benchmarks.scan;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;

/** Half-precision rows in a mapped file, as in a segment. */
public final class MappedRows {
  private MappedRows() {}

  /** Writes and maps n random rows; the file has n·(2K + 4) bytes. */
  public static RowMatrix create(Path file, int rows, int dimension, Arena arena)
      throws IOException {
    int rowBytes = dimension * Short.BYTES;
    ByteBuffer scales = ByteBuffer.allocate(rows * ElementType.SCALE_BYTES);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      // A few hundred different rows are enough: they exceed all caches, and creating them is slow.
      byte[][] encoded = new byte[Math.min(rows, 256)][];
      for (int i = 0; i < encoded.length; i++) {
        encoded[i] = ElementType.FLOAT16.encode(gaussian(dimension, i));
      }
      for (int i = 0; i < rows; i++) {
        byte[] row = encoded[i % encoded.length];
        write(channel, ByteBuffer.wrap(row, 0, rowBytes));
        scales.put(row, rowBytes, ElementType.SCALE_BYTES);
      }
      write(channel, scales.flip());
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      long valuesBytes = (long) rows * rowBytes;
      return new RowMatrix(
          mapped.asSlice(0, valuesBytes),
          mapped.asSlice(valuesBytes),
          ElementType.FLOAT16,
          rows,
          dimension);
    }
  }

  public static float[] gaussian(int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
