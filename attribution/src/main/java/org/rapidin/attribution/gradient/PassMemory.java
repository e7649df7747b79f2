package org.rapidin.attribution.gradient;

import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;

/**
 * How much memory a {@link GradientPass} takes at its peak, beyond the weights, computed before it
 * runs.
 *
 * <p>With N = rows · T tokens, all numbers in float32:
 *
 * <ul>
 *   <li><b>kept inputs</b>: N · hidden per layer that is propagated through, and two more: the last
 *       layer's output and δ; δ once more per further seed
 *   <li><b>one layer with automatic differentiation</b>, N times
 *       <ul>
 *         <li>the sum of its linear layers' output widths: once for the outputs, once for the
 *             adapter's part of them, twice for the zeros of a tapped layer and their gradient, and
 *             five times for rotations, gates and what backward has of them
 *         <li>6 · hidden for the normalizations and the stream
 *         <li>5 · heads · keys for scores, their scaled, masked and normalized forms and their
 *             gradient; keys is the number that a query is compared with on average
 *         <li>what a family's layers have beyond that: {@link DecoderConfig#additionalFloats}
 *       </ul>
 *   <li><b>one layer by hand</b>, N times: twice the output widths for activations and their
 *       gradients, 2 · hidden, and 4 · heads · min(T, 64) for the scores of one block of queries,
 *       which on a device has 512 (nothing where attention is on the heap); plus the activations
 *       that the caller lets the pass keep
 *   <li><b>one matrix's gradients</b> where linear layers themselves are selected: products of 64
 *       MiB, or of one row where its matrix is larger
 *   <li><b>the head</b>: logits, logarithms and δ of one chunk, 3 · chunk · vocabulary, by hand 2,
 *       with vectors 1; where the table itself is selected also δ of one row's predictions, and the
 *       table's gradient twice
 *   <li><b>the head alone</b>, where only that counts: no kept inputs; of a layer what its forward
 *       pass takes; δ of all predictions in B buckets, and their product with the inputs
 *   <li><b>norms on a device</b>, where gradients may be compressed: a copy of one matrix's
 *       gradients in double precision; a table's too, and the table once more
 *   <li><b>what is not the pass's arrays</b>: 100 MiB of pieces that malloc keeps when they are
 *       freed and of what the compiler takes for the kernels, and a twentieth of the activations
 *       that a pass keeps, see {@link org.rapidin.attribution.memory.NativeAllocator}
 * </ul>
 *
 * <p>The layer's and the head's part are not there at the same time; the larger counts. Within 20 %
 * of the growth of resident memory in several passes, from 512 tokens on, taken over several
 * processes, which differ by what malloc keeps (PassMemoryTests).
 */
final class PassMemory {
  private static final long ALLOCATOR_BYTES = 100L << 20;
  private static final double PIECES_PER_ACTIVATION = 0.05;
  private static final long PRODUCT_BYTES = 64L << 20;

  private final DecoderConfig config;
  private final ParameterSelection selection;
  private final LayerMethod method;
  private final int headChunk;
  private final boolean onDevice;
  private final long largestMatrixBytes;

  PassMemory(
      Decoder decoder,
      ParameterSelection selection,
      LayerMethod method,
      int headChunk,
      boolean onDevice) {
    this.config = decoder.config();
    this.selection = selection;
    this.method = method;
    this.headChunk = headChunk;
    this.onDevice = onDevice;
    this.largestMatrixBytes =
        decoder.layout().linears().stream()
            .filter(shape -> selection.contains(shape.name()))
            .mapToLong(shape -> shape.size() * Float.BYTES)
            .max()
            .orElse(0);
  }

  /**
   * Bytes of a pass.
   *
   * @param rows of the batch
   * @param length T, of the longest
   * @param predictions that carry loss, in all rows together
   * @param seeds backward passes, 1 unless tokens have gradients of their own
   */
  long bytes(int rows, int length, int predictions, int seeds) {
    long tokens = (long) rows * length;
    if (selection.headAlone().isPresent()) {
      return headAloneBytes(rows, length, predictions, selection.headAlone().get().buckets());
    }
    long layers = Math.max(0, config.layers() - selection.lowestLayer());
    long streams =
        tokens * config.hiddenSize() * (layers + 2)
            + (seeds - 1L) * length * config.hiddenSize() * 2
            + 3L * predictions * config.hiddenSize();
    long widths = config.linearWidths(rows);
    long work = Math.max(method.layerFloats(tokens, length, widths), headFloats(predictions));
    return (streams + work) * Float.BYTES + productBytes(rows) + ALLOCATOR_BYTES;
  }

  private long headAloneBytes(int rows, int length, long predictions, long buckets) {
    long tokens = (long) rows * length;
    long width = config.hiddenSize();
    long streams = 2 * tokens * width + predictions * (4 * width + buckets);
    long logits = method.headArrays() * Math.min(predictions, headChunk) * config.vocabularySize();
    // Rows come one at a time, of [B, H] or [H, H].
    long product = (onDevice ? 3 : 1) * Math.max(buckets, width) * width;
    long head = Math.max(logits, product);
    long layer = method.forwardFloats(tokens, length, config.linearWidths(rows));
    long work = Math.max(layer, head);
    return (streams + work) * Float.BYTES + ALLOCATOR_BYTES;
  }

  /**
   * Bytes of all activations that the pass may keep in order not to compute them twice, with the
   * pieces that malloc keeps because of them.
   *
   * @param rows of the batch
   * @param length T, of the longest
   */
  long activationBytes(int rows, int length) {
    // The top layer's too: they wait while the head works, where the layer's own work does not.
    long layers = Math.max(0, config.layers() - selection.lowestLayer());
    long bytes = layers * method.activationBytes((long) rows * length);
    return onDevice ? bytes : Math.round(bytes * (1 + PIECES_PER_ACTIVATION));
  }

  private long headFloats(int predictions) {
    long floats =
        (long) method.headArrays() * Math.min(predictions, headChunk) * config.vocabularySize();
    if (selection.wantsHead() || selection.wantsEmbedding()) {
      floats += (long) predictions * config.vocabularySize();
      floats += (onDevice ? 5L : 2L) * config.hiddenSize() * config.vocabularySize();
    }
    return floats;
  }

  private long productBytes(int rows) {
    long products =
        Math.max(largestMatrixBytes, Math.min(PRODUCT_BYTES, rows * largestMatrixBytes));
    return largestMatrixBytes == 0 ? 0 : products * (onDevice ? 3 : 1);
  }
}
