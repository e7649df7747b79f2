package org.rapidin.attribution.model.decoder.fused;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rapidin.attribution.model.decoder.vector.Vectors;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * The TorchScript program that {@link FusedLayer} and {@link FusedHead} are made of: a text of this
 * package, handed to libtorch in memory. It holds no parameters and fits every shape. Safe for
 * several threads; one program serves all models of a process.
 */
public final class FusedKernels implements AutoCloseable {
  private final NDManager manager;
  private final Products products;
  private final PtSymbolBlock module;
  private final Map<Kernel, NDArray> names = new EnumMap<>(Kernel.class);
  private final NDManager host;
  private final Map<Integer, NDArray> windows = new ConcurrentHashMap<>();

  private FusedKernels(NDManager manager, Products products) {
    this.manager = manager;
    this.products = products;
    this.host = manager.newSubManager(Device.cpu());
    try {
      byte[] archive = TorchScriptArchive.of(products);
      module =
          JniUtils.loadModule(
              (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Kernel kernel : Kernel.values()) {
      NDArray name = manager.zeros(new Shape());
      name.setName("module_method:" + kernel.function()); // DJL takes the function's name from here
      names.put(kernel, name);
    }
  }

  /**
   * Compiles the program, with the matrix products that are fastest on the manager's device.
   *
   * @param parent its sub-manager owns the program
   */
  public static FusedKernels load(NDManager parent) {
    return load(parent, Products.of(parent.getDevice()));
  }

  static FusedKernels load(NDManager parent, Products products) {
    NDManager manager = parent.newSubManager();
    try {
      return new FusedKernels(manager, products);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Runs a kernel with one result, which belongs to the first argument's manager. */
  NDArray one(Kernel kernel, NDArray... arguments) {
    return run(kernel, arguments).get(0);
  }

  /** Runs a kernel; the results belong to the first argument's manager. */
  NDList run(Kernel kernel, NDArray... arguments) {
    NDList inputs = new NDList(arguments);
    inputs.add(names.get(kernel));
    if (manager.getDevice().isGpu()) {
      // Else libtorch compiles its own kernels for each shape, as the thread runs.
      JniUtils.setGraphExecutorOptimize(false);
    }
    return products == Products.ONEDNN
        ? BlockedSignals.during(() -> forward(inputs))
        : forward(inputs);
  }

  /** Training mode: in inference mode, results could never take part in an autograd pass. */
  private NDList forward(NDList inputs) {
    return IValueUtils.forward(module, inputs, true);
  }

  /**
   * Returns gradients [R, ...] as contiguous rows [R, n], which are no copy if they were contiguous
   * before, and the L2 norm of each row in double precision, [R].
   */
  public NDList rowsAndNorms(NDArray gradients) {
    return run(Kernel.ROWS_AND_NORMS, gradients);
  }

  /** Whether what is not a large product is computed by the Vector API. */
  boolean useVectors() {
    return products != Products.CUDA
        && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        && Vectors.areWide();
  }

  /**
   * Numbers of native memory that attention takes at its peak, for each token and query head.
   *
   * @param width of a head
   * @param length T
   */
  public long scores(int width, int length) {
    return Attention.isOnHeap(this, width) ? 0 : 4L * Math.min(length, products.queries());
  }

  /** Arrays of logits that the head holds at its peak. */
  public int logitArrays() {
    return useVectors() ? 1 : 2;
  }

  /** An attention window as kernels take it: in main memory, because they branch on it. */
  NDArray window(int positions) {
    return windows.computeIfAbsent(
        positions,
        length -> {
          NDArray window = TorchMemory.longs(host, new Shape(), new long[] {length});
          NDScope.unregister(window); // made within a pass, but other passes use it too
          return window;
        });
  }

  /** Owner of the program. */
  public NDManager manager() {
    return manager;
  }

  /** Frees the program, after its last use. A second call does nothing. */
  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
