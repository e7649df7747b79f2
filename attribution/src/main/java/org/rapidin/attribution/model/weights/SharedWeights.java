package org.rapidin.attribution.model.weights;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;

/**
 * One user's handle on weights that others may use too. A parameter is in memory while it is
 * leased, and longer as the {@link WeightCache} allows. Safe for several threads.
 */
public final class SharedWeights implements DecoderWeights {
  private final WeightCache cache;
  private final CachedModel model;
  private final ModelLayout layout;
  private final NDManager constants;
  private final List<String> embedding;
  private final List<String> head;
  private boolean closed;

  /**
   * @param constants closed with this handle
   */
  SharedWeights(WeightCache cache, CachedModel model, ModelLayout layout, NDManager constants) {
    this.cache = cache;
    this.model = model;
    this.layout = layout;
    this.constants = constants;
    this.embedding = layout.inputTables();
    this.head =
        names(layout, ParameterShape.OUTSIDE).stream()
            .filter(name -> name.equals(layout.headParameter()) || !embedding.contains(name))
            .toList();
  }

  private static List<String> names(ModelLayout layout, int layer) {
    return layout.layer(layer).stream().map(ParameterShape::name).toList();
  }

  @Override
  public ModelLayout layout() {
    return layout;
  }

  @Override
  public Lease layer(int index) {
    return model.lease(names(layout, index));
  }

  @Override
  public Lease embedding() {
    return model.lease(embedding);
  }

  @Override
  public Lease head() {
    return model.lease(head);
  }

  @Override
  public NDManager manager() {
    return constants;
  }

  /** Reads parameters ahead of their first use, as long as they may stay in memory. */
  public void preload() {
    model.preload();
  }

  /** Bytes of all parameters as float32, wherever they are. */
  public long totalBytes() {
    return model.weights().totalBytes();
  }

  /** Whether all parameters may stay in memory at the same time. */
  public boolean mayStay() {
    return totalBytes() <= cache.residentLimitBytes();
  }

  /** Whether all parameters are in memory now and none need be converted. */
  public boolean isResident() {
    return model.weights().isResident();
  }

  /** Keeps all parameters in memory until the lease is closed; empty unless all are there. */
  public Optional<Lease> leaseIfResident() {
    return model.leaseIfResident();
  }

  /**
   * Bytes that a pass converts at a time beyond what stays in memory: those of the largest part of
   * the model.
   */
  public long largestPartBytes() {
    long most = Math.max(bytes(embedding), bytes(head));
    int layers = layout.parameters().stream().mapToInt(ParameterShape::layer).max().orElse(-1) + 1;
    for (int layer = 0; layer < layers; layer++) {
      most = Math.max(most, bytes(names(layout, layer)));
    }
    return most;
  }

  private long bytes(List<String> names) {
    return names.stream().mapToLong(name -> model.weights().bytes(name)).sum();
  }

  /** Ends this user's share; the last one frees the arrays and closes the files. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      constants.close();
      cache.release(model);
    }
  }
}
