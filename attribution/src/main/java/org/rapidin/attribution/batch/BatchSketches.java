package org.rapidin.attribution.batch;

import ai.djl.engine.EngineException;
import java.util.Optional;
import java.util.function.Function;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.sketch.ChunkHash;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.gpu.GpuException;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSketch;
import org.rapidin.gpu.ResidentSketches;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sketches the batches of one attributor where its gradients are, or in main memory where a device
 * cannot. Safe for many threads.
 */
public final class BatchSketches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchSketches.class);

  private final GradientSketch sketch;
  private final ResidentSketches device; // null: in main memory
  private final FusedKernels kernels;
  private volatile String place;
  private volatile boolean failed;

  private BatchSketches(
      GradientSketch sketch, ResidentSketches device, FusedKernels kernels, String place) {
    this.sketch = sketch;
    this.device = device;
    this.kernels = kernels;
    this.place = place;
  }

  /** Sketches in main memory. */
  public static BatchSketches inMainMemory(GradientSketch sketch) {
    return new BatchSketches(sketch, null, null, "main memory");
  }

  /**
   * Sketches on a device on which torch has the gradients; in main memory if the engine cannot use
   * it or it fails a trial, which is logged.
   *
   * @param index libtorch's number of the device
   * @param kernels of the model, open longer than this
   */
  public static BatchSketches onDevice(
      StreamingSketch sketch, GpuScanEngine engine, int index, FusedKernels kernels) {
    ChunkHash hash = sketch.hash();
    GpuSketch.Hash deviceHash =
        new GpuSketch.Hash(hash.slotKey(), hash.signKey(), hash.slotShift(), hash::slot);
    String reason;
    try {
      ResidentSketches device = new ResidentSketches(engine, index, deviceHash, sketch.dimension());
      Optional<String> fault = fault(sketch, device, kernels);
      if (fault.isEmpty()) {
        return new BatchSketches(sketch, device, kernels, device.deviceName());
      }
      device.close();
      reason = fault.get();
    } catch (GpuException e) {
      reason = e.getMessage();
    }
    LOG.warn("gradients are copied from cuda:{} to be compressed: {}", index, reason);
    return new BatchSketches(sketch, null, null, "main memory: " + reason);
  }

  private static Optional<String> fault(
      StreamingSketch sketch, ResidentSketches device, FusedKernels kernels) {
    try {
      return DeviceTrial.passes(sketch, device, kernels)
          ? Optional.empty()
          : Optional.of("the device's sketch of torch's numbers is not that of the CPU");
    } catch (GpuException | EngineException | LinkageError e) {
      return Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  /** Returns where batches are sketched, and why in main memory if the last one should not be. */
  public String place() {
    return place;
  }

  /**
   * Computes a batch: on the device, and once more in main memory if the device fails, so that no
   * sketch is of two halves.
   *
   * @param rows of the batch
   * @param work computes all gradients of the batch and finishes the sketches
   */
  public <T> T compute(int rows, Function<BatchSketch, T> work) {
    if (device != null) {
      try (BatchSketch batch = new DeviceBatchSketch(device.open(rows), kernels)) {
        T result = work.apply(batch);
        place = device.deviceName();
        return result;
      } catch (GpuException e) {
        note(e);
      }
    }
    return work.apply(new HostBatchSketch(sketch, rows));
  }

  private void note(GpuException e) {
    place = "main memory: " + e.getMessage();
    if (!failed) {
      failed = true;
      LOG.warn(
          "{} could not compress a batch of gradients, which was compressed in main memory instead: {}; later failures are counted in the statistics",
          device.deviceName(),
          e.getMessage());
    }
  }

  /** Frees what batches have left on the device. */
  @Override
  public void close() {
    if (device != null) {
      device.close();
    }
  }
}
