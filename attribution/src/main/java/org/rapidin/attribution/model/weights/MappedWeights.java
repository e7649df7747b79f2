package org.rapidin.attribution.model.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * The parameters of one model, converted from its mapped files to float32 when they are leased.
 * Owns the files and the arrays. Safe for several threads until {@link #close}.
 */
final class MappedWeights implements AutoCloseable {
  private static final Pattern LAYER = Pattern.compile("\\.(\\d+)\\.");

  private final NDManager manager;
  private final TensorSource files;
  private final LinkedHashMap<String, CachedTensor> tensors = new LinkedHashMap<>();

  /**
   * @param manager owns the arrays; closed with the weights
   * @param files closed with the weights
   * @param shapes of the parameters by name
   */
  MappedWeights(
      NDManager manager, TensorSource files, Map<String, long[]> shapes, Residency residency) {
    this.manager = manager;
    this.files = files;
    shapes.forEach(
        (name, dimensions) -> {
          Shape shape = new Shape(dimensions);
          tensors.put(
              name,
              new CachedTensor(shape.size() * Float.BYTES, () -> read(name, shape), residency));
        });
  }

  private NDArray read(String name, Shape shape) {
    NDArray array =
        TorchMemory.floats(manager, shape, (from, piece) -> files.readFloats(name, from, piece));
    NDScope.unregister(array); // made within a pass, but other passes use it too
    files.unload(name);
    return array;
  }

  /** Puts parameters into memory until the lease is closed. */
  DecoderWeights.Lease lease(Collection<String> names) {
    Map<String, NDArray> arrays = new HashMap<>();
    List<CachedTensor> acquired = new ArrayList<>();
    try {
      for (String name : names) {
        CachedTensor tensor = tensor(name);
        arrays.put(name, tensor.acquire());
        acquired.add(tensor);
      }
    } catch (RuntimeException | Error e) {
      acquired.forEach(CachedTensor::release);
      throw e;
    }
    return new Lease(arrays, acquired);
  }

  /** Keeps all parameters in memory until the lease is closed; empty unless all are there. */
  Optional<DecoderWeights.Lease> leaseIfResident() {
    Map<String, NDArray> arrays = new HashMap<>();
    List<CachedTensor> acquired = new ArrayList<>();
    for (Map.Entry<String, CachedTensor> entry : tensors.entrySet()) {
      Optional<NDArray> array = entry.getValue().acquireIfResident();
      if (array.isEmpty()) {
        acquired.forEach(CachedTensor::release);
        return Optional.empty();
      }
      arrays.put(entry.getKey(), array.get());
      acquired.add(entry.getValue());
    }
    return Optional.of(new Lease(arrays, acquired));
  }

  /** Puts parameters into memory, in the files' order, until one may not stay there. */
  void preload() {
    for (CachedTensor tensor : tensors.values()) {
      if (!tensor.preload()) {
        return;
      }
    }
  }

  private CachedTensor tensor(String name) {
    CachedTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the model has no parameter [%s]".formatted(name));
    }
    return tensor;
  }

  private static final class Lease implements DecoderWeights.Lease {
    private final Map<String, NDArray> arrays;
    private final List<CachedTensor> acquired;

    Lease(Map<String, NDArray> arrays, List<CachedTensor> acquired) {
      this.arrays = arrays;
      this.acquired = acquired;
    }

    @Override
    public NDArray get(String name) {
      return arrays.get(name);
    }

    @Override
    public void close() {
      acquired.forEach(CachedTensor::release);
      acquired.clear();
    }
  }

  /** What an eviction freed. */
  record Evicted(int tensors, long bytes) {}

  /** Frees parameters that are not leased, the last ones first, until so many bytes are free. */
  Evicted evict(long wantedBytes) {
    int count = 0;
    long bytes = 0;
    for (CachedTensor tensor : tensors.sequencedValues().reversed()) {
      if (bytes < wantedBytes) {
        long freed = tensor.evict();
        bytes += freed;
        count += freed > 0 ? 1 : 0;
      }
    }
    return new Evicted(count, bytes);
  }

  /** Whether the files are those that were opened, so that what is not in memory can be read. */
  boolean isCurrent() {
    return files.isCurrent();
  }

  /** Bytes of a parameter as float32. */
  long bytes(String name) {
    return tensor(name).bytes();
  }

  /** Whether all parameters are in memory and stay there without a lease. */
  boolean isResident() {
    return tensors.values().stream().allMatch(CachedTensor::isResident);
  }

  /** Layers whose parameters all stay in memory now; a layer's number is in its names. */
  int residentLayers() {
    Map<String, Boolean> whole = new HashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          Matcher layer = LAYER.matcher(name);
          if (layer.find()) {
            whole.merge(layer.group(1), tensor.isResident(), Boolean::logicalAnd);
          }
        });
    return Math.toIntExact(whole.values().stream().filter(resident -> resident).count());
  }

  /** Bytes of all parameters as float32. */
  long totalBytes() {
    return tensors.values().stream().mapToLong(CachedTensor::bytes).sum();
  }

  /** Bytes of the parameters that stay in memory now. */
  long residentBytes() {
    return tensors.values().stream()
        .filter(CachedTensor::isResident)
        .mapToLong(CachedTensor::bytes)
        .sum();
  }

  /** Frees everything; no lease may be open. */
  @Override
  public void close() {
    evict(Long.MAX_VALUE);
    manager.close();
    try {
      files.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the model's files could not be closed", e);
    }
  }
}
