package org.rapidin.attribution.fitted;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

/**
 * The directions in which the factors of linear layers' gradients are largest, of {@link
 * FactorCovariances}. Immutable.
 *
 * <p>Bytes, big endian: int version, UTF fingerprint, int rank, int layers; of each layer UTF name,
 * int n_o, int n_i, then float32 min(rank, n_o)·n_o and min(rank, n_i)·n_i, one component after the
 * other.
 */
public final class PrincipalComponents implements FittedState {
  private static final int VERSION = 1;

  private final String fingerprint;
  private final int rank;
  private final Map<String, Layer> layers;

  /**
   * The components of one layer, orthonormal, that of the largest eigenvalue first. Arrays are not
   * to be changed.
   *
   * @param name of its weight
   * @param outputs k_o×n_o
   * @param inputs k_i×n_i
   */
  public record Layer(String name, float[][] outputs, float[][] inputs) {
    private boolean fits(Tensor tensor) {
      return tensor.shape().equals(List.of((long) outputs[0].length, (long) inputs[0].length));
    }
  }

  PrincipalComponents(String fingerprint, int rank, List<Layer> layers) {
    this.fingerprint = fingerprint;
    this.rank = rank;
    this.layers = new LinkedHashMap<>();
    layers.forEach(layer -> this.layers.put(layer.name(), layer));
  }

  /** Returns the bytes that the components of these layers take in memory. */
  public static long bytes(GradientLayout layout, int rank) {
    return layout.tensors().stream()
            .flatMap(layer -> layer.shape().stream())
            .mapToLong(width -> Math.min(rank, width) * width)
            .sum()
        * Float.BYTES;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  /** Returns how many components each side has, unless it is shorter. */
  public int rank() {
    return rank;
  }

  /**
   * Returns the components of layers.
   *
   * @param wanted how many of each side at most
   * @return a layer for each of the layout's, in its order
   * @throws IllegalArgumentException if there are fewer components, or none of a layer; names it
   */
  public List<Layer> of(GradientLayout layout, int wanted) {
    if (wanted > rank) {
      throw new IllegalArgumentException(
          "has %s components of each side, rank %s needs more".formatted(rank, wanted));
    }
    return layout.tensors().stream().map(this::of).toList();
  }

  private Layer of(Tensor tensor) {
    return Optional.ofNullable(layers.get(tensor.name()))
        .filter(layer -> layer.fits(tensor))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "has no components of [%s] with shape %s"
                        .formatted(tensor.name(), tensor.shape())));
  }

  /** Writes the bytes; does not close the output. */
  public void write(DataOutputStream out) throws IOException {
    out.writeInt(VERSION);
    out.writeUTF(fingerprint);
    out.writeInt(rank);
    out.writeInt(layers.size());
    for (Layer layer : layers.values()) {
      out.writeUTF(layer.name());
      out.writeInt(layer.outputs()[0].length);
      out.writeInt(layer.inputs()[0].length);
      write(layer.outputs(), out);
      write(layer.inputs(), out);
    }
  }

  private static void write(float[][] components, DataOutputStream out) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(components[0].length * Float.BYTES);
    for (float[] component : components) {
      bytes.asFloatBuffer().put(component);
      out.write(bytes.array());
    }
  }

  /**
   * Reads what {@link #write} wrote. Takes about as many bytes in memory.
   *
   * @param limit bytes that there are at most
   * @throws IOException if it is of another version, or the bytes end too early
   */
  public static PrincipalComponents read(DataInputStream in, long limit) throws IOException {
    int version = in.readInt();
    if (version != VERSION) {
      throw new IOException(
          "principal components of version [%s], this node reads [%s]".formatted(version, VERSION));
    }
    String fingerprint = in.readUTF();
    int rank = in.readInt();
    int count = in.readInt();
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < count; layer++) {
      String name = in.readUTF();
      int outputs = in.readInt();
      int inputs = in.readInt();
      layers.add(new Layer(name, read(in, rank, outputs, limit), read(in, rank, inputs, limit)));
    }
    return new PrincipalComponents(fingerprint, rank, layers);
  }

  private static float[][] read(DataInputStream in, int rank, int width, long limit)
      throws IOException {
    int count = Math.min(rank, width);
    if (count < 1 || (long) count * width * Float.BYTES > limit) {
      throw new IOException(
          "principal components in %s bytes cannot have %s of %s numbers"
              .formatted(limit, count, width));
    }
    float[][] components = new float[count][width];
    ByteBuffer bytes = ByteBuffer.allocate(width * Float.BYTES);
    for (float[] component : components) {
      in.readFully(bytes.array());
      bytes.asFloatBuffer().get(component);
    }
    return components;
  }
}
