package org.rapidin.gpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** Random rows of a segment that exists in memory only, with their inner products in double. */
class TestRows implements SegmentRows {
  private final ElementType type;
  private final float[][] vectors;
  private final RowMatrix matrix;
  private final Key key = new Key();

  /** Is closed by the test. */
  static final class Key implements SegmentKey {
    private final List<Runnable> listeners = new ArrayList<>();

    @Override
    public synchronized void onClose(Runnable listener) {
      listeners.add(listener);
    }

    void close() {
      List<Runnable> now;
      synchronized (this) {
        now = List.copyOf(listeners);
        listeners.clear();
      }
      now.forEach(Runnable::run);
    }
  }

  TestRows(ElementType type, int rows, int dimension, Random random) {
    this.type = type;
    this.vectors = new float[rows][];
    long rowBytes = type.valuesLength(dimension);
    Arena arena = Arena.ofAuto();
    MemorySegment values =
        arena.allocate(Math.max(1, rowBytes * rows), 64).asSlice(0, rowBytes * rows);
    MemorySegment scales = arena.allocate(4L * rows + 1, 64).asSlice(0, 4L * rows);
    for (int i = 0; i < rows; i++) {
      byte[] row = type.encode(vector(dimension, random));
      vectors[i] = type.decode(row);
      MemorySegment bytes = MemorySegment.ofArray(row);
      MemorySegment.copy(bytes, 0, values, i * rowBytes, rowBytes);
      MemorySegment.copy(bytes, rowBytes, scales, 4L * i, 4);
    }
    this.matrix = new RowMatrix(values, scales, type, rows, dimension);
  }

  static float[] vector(int dimension, Random random) {
    float[] vector = new float[dimension];
    double magnitude = Math.exp(random.nextGaussian());
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (random.nextGaussian() * magnitude);
    }
    return vector;
  }

  static List<float[]> queries(int count, int dimension, Random random) {
    List<float[]> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queries.add(vector(dimension, random));
    }
    return queries;
  }

  double product(int row, float[] query) {
    double sum = 0;
    for (int i = 0; i < query.length; i++) {
      sum += (double) vectors[row][i] * query[i];
    }
    return sum;
  }

  double norm(int row) {
    return Math.sqrt(product(row, vectors[row]));
  }

  Key segment() {
    return key;
  }

  @Override
  public ElementType elementType() {
    return type;
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int dimension() {
    return matrix.dimension();
  }

  @Override
  public List<RowPiece> mapped() {
    return List.of(new RowPiece(0, matrix));
  }

  @Override
  public void read(
      int first, int count, MemorySegment values, long valuesStride, MemorySegment scales)
      throws IOException {
    matrix.read(first, count, values, valuesStride, scales);
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.of(key);
  }
}
