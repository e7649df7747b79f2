package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Rotary angles and attention masks of one pass. Masks grow with T, not with T²: queries are taken
 * in blocks, and one band of {@code block × (T + block)} numbers serves every block of a window.
 *
 * <p>Belongs to one thread; its arrays live until the pass's manager closes.
 */
public final class PassContext {
  /** A window that every earlier position is in. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /** Queries of one attention block: 256 scores against 2,048 keys take 2 MB a head. */
  public static final int BLOCK = 256;

  private final NDManager manager;
  private final int[] lengths;
  private final int length;
  private final int block;
  private final Map<RotaryPositions, RotaryAngles> angles = new HashMap<>();
  private final Map<Integer, NDArray> bands = new HashMap<>();

  /**
   * Prepares a pass.
   *
   * @param manager owns the arrays
   * @param lengths tokens of each row, or one number for all
   */
  public PassContext(NDManager manager, int... lengths) {
    this(manager, lengths, BLOCK);
  }

  PassContext(NDManager manager, int[] lengths, int block) {
    this.manager = manager;
    this.lengths = lengths.clone();
    this.length = Arrays.stream(lengths).max().orElse(0);
    this.block = Math.min(block, length);
  }

  /** Keys that a query's scores are computed for, on average, in a sequence of this length. */
  public static long keysPerQuery(int length) {
    long blocks = Math.ceilDiv(length, BLOCK);
    return blocks == 1 ? length : BLOCK * (blocks + 1) / 2;
  }

  /** T, the longest sequence of the pass. */
  public int length() {
    return length;
  }

  /** The angles of all positions, computed once for each kind of layer. */
  public RotaryAngles angles(RotaryPositions rotary) {
    return angles.computeIfAbsent(rotary, this::compute);
  }

  private RotaryAngles compute(RotaryPositions rotary) {
    int[] rows = rotary.scaling().dependsOnLength() ? lengths : new int[] {length};
    int half = rotary.headDimension() / 2;
    float[] cosines = new float[rows.length * length * 2 * half];
    float[] sines = new float[cosines.length];
    double factor = rotary.scaling().factorOfAngles();
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < half; i++) {
        double frequency = rotary.frequency(i, rows[row]);
        for (int t = 0; t < length; t++) {
          int at = (row * length + t) * 2 * half + i;
          cosines[at] = cosines[at + half] = (float) (factor * Math.cos(t * frequency));
          sines[at] = sines[at + half] = (float) (factor * Math.sin(t * frequency));
        }
      }
    }
    Shape shape = new Shape(rows.length, 1, length, 2L * half);
    return new RotaryAngles(
        keep(TorchMemory.floats(manager, shape, cosines)),
        keep(TorchMemory.floats(manager, shape, sines)));
  }

  /** How many queries one attention block has; the last block may have fewer. */
  int block() {
    return block;
  }

  /** The first key that the query at a position sees. */
  static int firstKey(int position, int window) {
    return Math.max(0, position - (window - 1));
  }

  /**
   * What the queries {@code from} to {@code to} see of the keys from {@link #firstKey} of the first
   * query to {@code to}.
   *
   * @param window how many positions a query sees, itself included
   * @return float32, [queries, keys]: 0 where a query sees the key, -∞ where it does not
   */
  NDArray mask(int from, int to, int window) {
    int lastBlock = (length - 1) / block * block;
    int reach = lastBlock - firstKey(lastBlock, window);
    NDArray band = bands.computeIfAbsent(window, w -> band(reach, w));
    int first = reach - (from - firstKey(from, window));
    return band.get("0:%s,%s:%s".formatted(to - from, first, reach + to - from));
  }

  /** Row i, column c: whether a query sees the key that is {@code reach + i - c} positions back. */
  private NDArray band(int reach, int window) {
    int width = reach + block;
    TorchMemory.Filler filler =
        (start, piece) -> {
          for (long n = 0; n < piece.byteSize() / Float.BYTES; n++) {
            long back = reach + (start + n) / width - (start + n) % width;
            float seen = back >= 0 && back < window ? 0 : Float.NEGATIVE_INFINITY;
            piece.setAtIndex(ValueLayout.JAVA_FLOAT, n, seen);
          }
        };
    return keep(TorchMemory.floats(manager, new Shape(block, width), filler));
  }

  /** Arrays may be made inside a layer's scope, and outlive it. */
  private static NDArray keep(NDArray array) {
    NDScope.unregister(array);
    return array;
  }
}
