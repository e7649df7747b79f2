package org.rapidin.attribution.fitted;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;

/**
 * The vectors of a fixed random sample of documents, in half precision: what influences of others
 * are compared with. Safe for many threads until it is closed.
 *
 * <p>Bytes, big endian: int version, UTF fingerprint, int dimension K; of each vector the byte 1
 * and its row of {@link ElementType#FLOAT16}; the byte 0.
 */
public final class Background implements FittedState {
  private static final int VERSION = 1;
  private static final ElementType ROWS = ElementType.FLOAT16;

  private final String fingerprint;
  private final RowMatrix rows;
  private final Arena arena;

  private Background(String fingerprint, RowMatrix rows, Arena arena) {
    this.fingerprint = fingerprint;
    this.rows = rows;
    this.arena = arena;
  }

  /** Writes the vectors of a sample as they come. Not for several threads. */
  public static final class Writer {
    private final DataOutputStream out;
    private final int dimension;
    private int count;

    /**
     * Begins.
     *
     * @param out is not closed
     * @param fingerprint of the attributor whose vectors these are
     * @param dimension K
     */
    public Writer(DataOutputStream out, String fingerprint, int dimension) throws IOException {
      this.out = out;
      this.dimension = dimension;
      out.writeInt(VERSION);
      out.writeUTF(fingerprint);
      out.writeInt(dimension);
    }

    /**
     * Writes vectors.
     *
     * @param vectors float32, each of length K
     * @throws IllegalArgumentException if a number is NaN or infinite
     */
    public void add(List<float[]> vectors) throws IOException {
      for (float[] vector : vectors) {
        if (vector.length != dimension) {
          throw new IllegalArgumentException(
              "a vector of the sample has %s numbers, the first %s"
                  .formatted(vector.length, dimension));
        }
        out.writeByte(1);
        out.write(ROWS.encode(vector));
        count++;
      }
    }

    /** Returns how many vectors were written. */
    public int count() {
      return count;
    }

    /** Writes the end. */
    public void finish() throws IOException {
      out.writeByte(0);
    }
  }

  /**
   * Reads what {@link Writer} wrote. Takes 2K + 4 bytes a vector outside of the heap until it is
   * closed.
   *
   * @param count how many vectors there are
   * @param bytes that they take at most
   * @throws IOException if it is of another version, or there are more or fewer vectors
   */
  public static Background read(DataInputStream in, int count, long bytes) throws IOException {
    int version = in.readInt();
    if (version != VERSION) {
      throw new IOException(
          "a background of version [%s], this node reads [%s]".formatted(version, VERSION));
    }
    String fingerprint = in.readUTF();
    int dimension = in.readInt();
    if (dimension < 1
        || count * ((long) ROWS.bytes() * dimension + ElementType.SCALE_BYTES) > bytes) {
      throw new IOException(
          "a background of %s bytes cannot have %s vectors of %s numbers"
              .formatted(bytes, count, dimension));
    }
    Arena arena = Arena.ofShared();
    try {
      return new Background(fingerprint, rows(in, count, dimension, arena), arena);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** A fault of this request, not of the node. */
  private static MemorySegment allocate(Arena arena, long bytes) throws IOException {
    try {
      return arena.allocate(bytes);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "no %s bytes of native memory for the vectors of a background".formatted(bytes), e);
    }
  }

  private static RowMatrix rows(DataInputStream in, int count, int dimension, Arena arena)
      throws IOException {
    long length = ROWS.valuesLength(dimension);
    long scale = ElementType.SCALE_BYTES;
    MemorySegment values = allocate(arena, count * length);
    MemorySegment scales = allocate(arena, count * scale);
    byte[] row = new byte[ROWS.rowLength(dimension)];
    for (int i = 0; i < count; i++) {
      requireNext(in, 1, count);
      in.readFully(row);
      ROWS.decode(row); // refuses what no vector is encoded to
      MemorySegment bytes = MemorySegment.ofArray(row);
      MemorySegment.copy(bytes, 0, values, i * length, length);
      MemorySegment.copy(bytes, length, scales, i * scale, scale);
    }
    requireNext(in, 0, count);
    return new RowMatrix(values, scales, ROWS, count, dimension);
  }

  private static void requireNext(DataInputStream in, int wanted, int count) throws IOException {
    if (in.readByte() != wanted) {
      throw new IOException("a background that should have %s vectors has others".formatted(count));
    }
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  /** Returns the vectors, n×K rows; valid until this is closed. */
  public RowMatrix rows() {
    return rows;
  }

  @Override
  public void close() {
    arena.close();
  }
}
