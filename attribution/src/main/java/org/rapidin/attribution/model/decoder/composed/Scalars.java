package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Scalars that live as long as a decoder's weights. Safe for several threads. */
public final class Scalars {
  private final NDManager manager;
  private final Map<Double, NDArray> made = new ConcurrentHashMap<>();

  /**
   * @param manager owns the scalars
   */
  public Scalars(NDManager manager) {
    this.manager = manager;
  }

  /** A float32 scalar. */
  public NDArray of(double value) {
    return made.computeIfAbsent(value, this::make);
  }

  private NDArray make(double value) {
    NDArray scalar = TorchMemory.scalar(manager, value);
    NDScope.unregister(scalar); // made within a pass, but others use it too
    return scalar;
  }
}
