package org.rapidin.attribution.model.weights;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * The base weights of all models of a process. Models with the same files share one copy.
 *
 * <p>A parameter stays in memory after its first use while all parameters that stay fit in a limit;
 * those of models that are not in use are evicted, least recently used first, for those of a model
 * that is. What does not fit is converted again for each lease, unless its file has changed: then
 * the lease fails, and the next user who opens the model gets it from the files as they are. Safe
 * for many threads.
 */
public final class WeightCache {
  private final MemoryBudget budget;
  private final long residentLimitBytes;
  private final AtomicLong residentBytes = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final Map<String, CachedModel> models = new LinkedHashMap<>();

  /**
   * A cache without models.
   *
   * @param limitBytes of all native memory: weights, adapters and passes
   * @param residentLimitBytes of the weights that stay in memory
   */
  public WeightCache(long limitBytes, long residentLimitBytes) {
    this.budget = new MemoryBudget(limitBytes, this::reclaim);
    this.residentLimitBytes = Math.min(limitBytes, residentLimitBytes);
  }

  /**
   * A model in the cache.
   *
   * @param digest of its files
   * @param model its directory's name
   * @param totalBytes of its parameters as float32
   * @param residentBytes of the parameters that are in memory between passes
   * @param residentLayers layers with all parameters in memory between passes
   */
  public record Model(
      String digest, String model, long totalBytes, long residentBytes, int residentLayers) {}

  /** Opens a model's files. */
  @FunctionalInterface
  public interface Opener {
    /**
     * @return the files; closed with the model
     */
    TensorSource open() throws IOException;
  }

  /** The budget that weights share with adapters and passes. */
  public MemoryBudget budget() {
    return budget;
  }

  /** The most that may stay in memory. */
  public long residentLimitBytes() {
    return residentLimitBytes;
  }

  /** Parameters that were freed to make room, since the cache was made. */
  public long evictions() {
    return evictions.get();
  }

  /**
   * The weights of a model; the caller closes them.
   *
   * @param digest the same for all users of the same files
   * @param model its directory's name, for statistics
   * @param runtime makes the owners of arrays
   * @param layout the parameters, which the files have
   * @throws IllegalArgumentException if the files do not fit the layout; names the tensor
   */
  public synchronized SharedWeights open(
      String digest, String model, TorchRuntime runtime, Opener files, ModelLayout layout)
      throws IOException {
    CachedModel cached = models.get(digest);
    if (cached != null && !cached.weights().isCurrent()) {
      cached.weights().evict(Long.MAX_VALUE); // its users fail when they read, and open it again
      cached = null;
    }
    if (cached == null) {
      cached = new CachedModel(digest, model, map(digest, runtime, files.open(), layout));
      models.put(digest, cached);
    }
    cached.addUsers(1);
    return new SharedWeights(this, cached, layout, runtime.newManager());
  }

  private MappedWeights map(
      String digest, TorchRuntime runtime, TensorSource files, ModelLayout layout)
      throws IOException {
    try {
      WeightFiles.requireFits(layout, files);
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (ParameterShape parameter : layout.parameters()) {
      shapes.put(parameter.name(), parameter.shape().stream().mapToLong(Long::longValue).toArray());
    }
    return new MappedWeights(runtime.newManager(), files, shapes, bytes -> grant(digest, bytes));
  }

  /** Ends one user's share. */
  synchronized void release(CachedModel model) {
    if (model.addUsers(-1) == 0) {
      models.remove(model.digest(), model);
      model.weights().close();
    }
  }

  private Optional<Residency.Grant> grant(String digest, long bytes) {
    if (!take(bytes)) {
      evict(bytes, others(digest));
      if (!take(bytes)) {
        return Optional.empty();
      }
    }
    Optional<Reservation> reserved = budget.tryReserve(bytes);
    if (reserved.isEmpty()) {
      evict(bytes, others(digest));
      reserved = budget.tryReserve(bytes);
    }
    if (reserved.isEmpty()) {
      residentBytes.addAndGet(-bytes);
      return Optional.empty();
    }
    Reservation reservation = reserved.get();
    return Optional.of(
        () -> {
          residentBytes.addAndGet(-bytes);
          reservation.close();
        });
  }

  private boolean take(long bytes) {
    long taken = residentBytes.addAndGet(bytes);
    if (taken > residentLimitBytes) {
      residentBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Models that make room for another one: those that no pass uses now. */
  private List<CachedModel> others(String digest) {
    List<CachedModel> idle = leastRecentlyUsed();
    idle.removeIf(model -> model.digest().equals(digest) || model.isLeased());
    return idle;
  }

  /** Makes room for a pass. */
  private void reclaim(long bytes) {
    evict(bytes, leastRecentlyUsed());
  }

  private synchronized List<CachedModel> opened() {
    return new ArrayList<>(models.values());
  }

  private record Idle(CachedModel model, long nanos) {}

  /** Other threads use models meanwhile, so each one's time is read once. */
  private List<CachedModel> leastRecentlyUsed() {
    long now = System.nanoTime();
    return opened().stream()
        .map(model -> new Idle(model, model.idleNanos(now)))
        .sorted(Comparator.comparingLong(Idle::nanos).reversed())
        .map(Idle::model)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private void evict(long bytes, List<CachedModel> from) {
    long missing = bytes;
    for (CachedModel model : from) {
      if (missing > 0) {
        MappedWeights.Evicted evicted = model.weights().evict(missing);
        missing -= evicted.bytes();
        evictions.addAndGet(evicted.tensors());
      }
    }
  }

  /** What is in the cache, in the order in which it was opened. */
  public List<Model> models() {
    return opened().stream()
        .map(
            model ->
                new Model(
                    model.digest(),
                    model.name(),
                    model.weights().totalBytes(),
                    model.weights().residentBytes(),
                    model.weights().residentLayers()))
        .toList();
  }
}
