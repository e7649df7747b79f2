package org.rapidin.benchmarks.gpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/**
 * Scores rows of bytes with the int8 kernels alone: no element type of the index uses them yet. Up
 * to 16 queries.
 */
final class ByteRows implements AutoCloseable {
  private static final int VECTORS = 256;
  private static final int THREADS = 256;
  private static final int BLOCK_ROWS = 128;
  private static final int STAGE_BYTES = 256;
  private static final int K_MULTIPLE = 512;
  private static final int K_PER_SPLIT = 8192;
  private static final int MAX_QUERIES = 16;

  /** Kernels by ascending columns, with the stages that are fastest where memory allows them. */
  private enum Kernel {
    C8(8, 2, 3),
    C16(16, 5, 3),
    C24(24, 8, 4),
    C48(48, 16, 3);

    private final int columns;
    private final int queries;
    private final int stages;

    Kernel(int columns, int queries, int stages) {
      this.columns = columns;
      this.queries = queries;
      this.stages = stages;
    }

    static Kernel of(int queries) {
      return Arrays.stream(values()).filter(k -> k.queries >= queries).findFirst().orElseThrow();
    }

    int sharedBytes(int limit) {
      int stage = STAGE_BYTES * (BLOCK_ROWS + columns);
      return Math.clamp(limit / stage, 2, stages) * stage;
    }
  }

  private final RawDevice device;
  private final Buffers buffers;
  private final int sharedLimit;
  private final int count;
  private final int dimension;
  private final int padded;
  private final int splits;
  private final RandomVectors vectors;
  private final Buffer rows;
  private final Buffer scales;
  private final Buffer queries;
  private final Buffer columns;
  private final Buffer factors;
  private final Buffer partials;
  private final Buffer scores;
  private final Buffer keys;

  ByteRows(RawDevice device, int count, int dimension) {
    this.device = device;
    this.buffers = new Buffers(device);
    this.sharedLimit = device.properties().sharedBytes();
    this.count = count;
    this.dimension = dimension;
    this.padded = Math.ceilDiv(dimension, K_MULTIPLE) * K_MULTIPLE;
    this.splits = Math.ceilDiv(padded, K_PER_SPLIT);
    byte[][] encoded = new byte[Math.min(VECTORS, count)][];
    Arrays.setAll(encoded, i -> numbers(dimension, i));
    this.vectors = RandomVectors.of(encoded, ByteRows::decode);
    byte[] block = new byte[encoded.length * padded];
    float[] blockScales = new float[encoded.length];
    for (int i = 0; i < encoded.length; i++) {
      System.arraycopy(encoded[i], 0, block, i * padded, dimension);
      blockScales[i] = scale(encoded[i]);
    }
    rows = buffers.repeat(MemorySegment.ofArray(block), (long) count * padded);
    scales = buffers.repeat(MemorySegment.ofArray(blockScales), (long) Float.BYTES * count);
    queries = buffers.allocate((long) Float.BYTES * MAX_QUERIES * dimension);
    columns = buffers.allocate((long) Kernel.C48.columns * padded);
    factors = buffers.allocate((long) Double.BYTES * MAX_QUERIES);
    partials = buffers.allocate((long) Integer.BYTES * splits * count * Kernel.C48.columns);
    scores = buffers.allocate((long) Float.BYTES * MAX_QUERIES * count);
    keys = buffers.allocate((long) Long.BYTES * MAX_QUERIES * count);
  }

  private static byte[] numbers(int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] numbers = new byte[dimension];
    for (int i = 0; i < dimension; i++) {
      numbers[i] = (byte) random.nextInt(-127, 128);
    }
    return numbers;
  }

  /** Any scale will do, if rows have different ones. */
  private static float scale(byte[] numbers) {
    return 1 / (200f + numbers[0]);
  }

  private static float[] decode(byte[] numbers) {
    float scale = scale(numbers);
    float[] vector = new float[numbers.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = numbers[i] * scale;
    }
    return vector;
  }

  long bytes() {
    return (long) count * (dimension + Float.BYTES);
  }

  RandomVectors vectors() {
    return vectors;
  }

  void sendQueries(List<float[]> vectors) {
    float[] all = new float[vectors.size() * dimension];
    for (int m = 0; m < vectors.size(); m++) {
      System.arraycopy(vectors.get(m), 0, all, m * dimension, dimension);
    }
    device.write(queries, MemorySegment.ofArray(all));
  }

  /**
   * Starts the kernels for the queries that were sent.
   *
   * @param list ordinals to score, or null: all rows
   * @param listed how many
   * @param accept bits of the rows that get a key, or null: all
   */
  void score(int q, Buffer list, int listed, Buffer accept) {
    Kernel kernel = Kernel.of(q);
    int n = list == null ? count : listed;
    int blocks = Math.ceilDiv(kernel.columns, 3);
    device.launch(
        "prepare_i8",
        blocks,
        1,
        THREADS,
        0,
        queries,
        dimension,
        padded,
        q,
        kernel.columns,
        columns,
        factors);
    device.launch(
        "score_i8_c" + kernel.columns,
        Math.ceilDiv(n, BLOCK_ROWS),
        splits,
        THREADS,
        kernel.sharedBytes(sharedLimit),
        rows,
        (long) padded,
        list,
        n,
        padded,
        K_PER_SPLIT,
        columns,
        partials);
    device.launch(
        "finish_i8",
        Math.ceilDiv(n, THREADS),
        q,
        THREADS,
        0,
        partials,
        n,
        kernel.columns,
        splits,
        scales,
        factors,
        list,
        accept,
        scores,
        keys);
  }

  /** Waits and returns q×n scores. */
  float[] scores(int q, int n) {
    float[] found = new float[q * n];
    device.read(scores, MemorySegment.ofArray(found));
    return found;
  }

  Buffer keys() {
    return keys;
  }

  @Override
  public void close() {
    buffers.close();
  }
}
