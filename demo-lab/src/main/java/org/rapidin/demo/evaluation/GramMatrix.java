package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Inner products of all texts with all texts, one matrix a part of the vectors. All that rankings
 * need: norms, directions that are left out and the inverse of an autocorrelation follow from it.
 *
 * @param size texts
 * @param dimension numbers of a vector, all parts together
 * @param parts size · size products each, row-major
 */
record GramMatrix(int size, int dimension, float[][] parts) {
  private static final int COLUMNS = 4096;

  /**
   * Multiplies vectors.
   *
   * @param vectors of one length, a multiple of the parts; what is left over is left out
   * @param parts equal pieces of a vector, one after the other
   */
  static GramMatrix of(NDManager manager, float[][] vectors, int parts) {
    int dimension = vectors[0].length;
    int length = dimension / parts;
    float[][] products = new float[parts][];
    for (int part = 0; part < parts; part++) {
      products[part] = products(manager, vectors, part * length, (part + 1) * length);
    }
    return new GramMatrix(vectors.length, dimension, products);
  }

  private static float[] products(NDManager manager, float[][] vectors, int from, int to) {
    double[] sums = new double[vectors.length * vectors.length];
    for (int first = from; first < to; first += COLUMNS) {
      int begin = first;
      int width = Math.min(COLUMNS, to - begin);
      try (NDManager block = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray some =
            TorchMemory.floats(
                block,
                new Shape(vectors.length, width),
                (_, piece) -> copy(vectors, begin, width, piece));
        float[] more = some.matMul(some.transpose()).toFloatArray();
        for (int i = 0; i < sums.length; i++) {
          sums[i] += more[i];
        }
      }
    }
    float[] products = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      products[i] = (float) sums[i];
    }
    return products;
  }

  private static void copy(float[][] vectors, int from, int width, MemorySegment piece) {
    for (int row = 0; row < vectors.length; row++) {
      MemorySegment.copy(
          vectors[row],
          from,
          piece,
          ValueLayout.JAVA_FLOAT,
          (long) row * width * Float.BYTES,
          width);
    }
  }

  /** Returns the products of vectors whose parts are multiplied with √weight: size × size. */
  double[][] weighted(double... weights) {
    double[][] sum = new double[size][size];
    for (int part = 0; part < parts.length; part++) {
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          sum[row][column] += weights[part] * parts[part][row * size + column];
        }
      }
    }
    return sum;
  }

  /** Returns the products of whole vectors: size × size. */
  double[][] whole() {
    double[] ones = new double[parts.length];
    Arrays.fill(ones, 1);
    return weighted(ones);
  }

  /** Writes the matrix; the file is there when it is complete. */
  void write(Path file) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".part");
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 20))) {
      out.writeInt(size);
      out.writeInt(dimension);
      out.writeInt(parts.length);
      for (float[] part : parts) {
        for (float product : part) {
          out.writeFloat(product);
        }
      }
    }
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads a matrix that {@link #write} wrote. */
  static GramMatrix read(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
      int size = in.readInt();
      int dimension = in.readInt();
      float[][] parts = new float[in.readInt()][Math.multiplyExact(size, size)];
      for (float[] part : parts) {
        for (int i = 0; i < part.length; i++) {
          part[i] = in.readFloat();
        }
      }
      return new GramMatrix(size, dimension, parts);
    }
  }
}
