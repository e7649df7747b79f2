package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
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

/**
 * The TorchScript program that {@link FusedLayer} and {@link FusedHead} are made of: a text of this
 * package, handed to libtorch in memory. It holds no parameters and fits every shape. Safe for
 * several threads; one program serves all models of a process.
 */
public final class FusedKernels implements AutoCloseable {
  private final NDManager manager;
  private final PtSymbolBlock module;
  private final Map<Kernel, NDArray> names = new EnumMap<>(Kernel.class);

  private FusedKernels(NDManager manager, Products products) {
    this.manager = manager;
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
   * Compiles the program, with the matrix products that are fastest on this processor.
   *
   * @param parent its sub-manager owns the program
   */
  public static FusedKernels load(NDManager parent) {
    return load(parent, Products.ofThisProcessor());
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
    // Training mode: in inference mode, results could never take part in an autograd pass.
    return IValueUtils.forward(module, inputs, true);
  }

  /** Owner of the program. */
  NDManager manager() {
    return manager;
  }

  /** Frees the program, after its last use. A second call does nothing. */
  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
