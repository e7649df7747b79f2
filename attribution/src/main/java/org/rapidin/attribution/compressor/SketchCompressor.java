package org.rapidin.attribution.compressor;

import ai.djl.engine.EngineException;
import java.util.Optional;
import java.util.function.Function;
import org.rapidin.attribution.compression.GradientLayout;
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
 * Multiplies gradients out and sketches them, normalized and concatenated, where they are, or in
 * main memory where a device cannot.
 */
public final class SketchCompressor implements Compressor {
  private static final Logger LOG = LoggerFactory.getLogger(SketchCompressor.class);

  private final GradientSketch sketch;
  private final GradientLayout layout;
  private final ResidentSketches device; // null: in main memory
  private final FusedKernels kernels;
  private volatile String place;
  private volatile boolean failed;

  private SketchCompressor(
      GradientSketch sketch,
      GradientLayout layout,
      ResidentSketches device,
      FusedKernels kernels,
      String place) {
    this.sketch = sketch;
    this.layout = layout;
    this.device = device;
    this.kernels = kernels;
    this.place = place;
  }

  /** Sketches in main memory. */
  public static SketchCompressor inMainMemory(GradientSketch sketch, GradientLayout layout) {
    return new SketchCompressor(sketch, layout, null, null, "main memory");
  }

  /**
   * Sketches on a device on which torch has the gradients; in main memory if the engine cannot use
   * it or it fails a trial, which is logged.
   *
   * @param index libtorch's number of the device
   * @param kernels of the model, open longer than this
   */
  public static SketchCompressor onDevice(
      StreamingSketch sketch,
      GradientLayout layout,
      GpuScanEngine engine,
      int index,
      FusedKernels kernels) {
    ChunkHash hash = sketch.hash();
    GpuSketch.Hash deviceHash =
        new GpuSketch.Hash(hash.slotKey(), hash.signKey(), hash.slotShift(), hash::slot);
    String reason;
    try {
      ResidentSketches device = new ResidentSketches(engine, index, deviceHash, sketch.dimension());
      Optional<String> fault = fault(sketch, device, kernels);
      if (fault.isEmpty()) {
        return new SketchCompressor(sketch, layout, device, kernels, device.deviceName());
      }
      device.close();
      reason = fault.get();
    } catch (GpuException e) {
      reason = e.getMessage();
    }
    LOG.warn("gradients are copied from cuda:{} to be compressed: {}", index, reason);
    return new SketchCompressor(sketch, layout, null, null, "main memory: " + reason);
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

  @Override
  public String place() {
    return place;
  }

  @Override
  public <T> T compute(int rows, Function<RowVectors, T> work) {
    if (device != null) {
      try (RowVectors batch = new DeviceSketches(device.open(rows), kernels, layout)) {
        T result = work.apply(batch);
        place = device.deviceName();
        return result;
      } catch (GpuException e) {
        note(e);
      }
    }
    return work.apply(new HostSketches(sketch, rows, layout));
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

  @Override
  public void close() {
    if (device != null) {
      device.close();
    }
  }
}
