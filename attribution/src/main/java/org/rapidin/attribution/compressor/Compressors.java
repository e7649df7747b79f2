package org.rapidin.attribution.compressor;

import ai.djl.Device;
import java.util.Optional;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.RandomProjection;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.sketch.Concatenation;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.RandomSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.gpu.GpuScanEngine;

/**
 * Makes the compressor of a compression.
 *
 * @param device where gradients are computed
 * @param kernels of the model, open longer than its compressors; empty if this libtorch or
 *     processor has none
 * @param engine the node's devices, on which gradients are compressed if they are computed there
 */
public record Compressors(Device device, Optional<FusedKernels> kernels, GpuScanEngine engine) {

  /** Returns a new compressor of gradients of a layout; the caller closes it. */
  public Compressor open(Compression compression, GradientLayout layout) {
    return switch (compression) {
      case RapidGrad(int dimension, long seed) ->
          sketches(new StreamingSketch(dimension, seed), layout);
      case Identity identity -> inMainMemory(new Concatenation(identity.dimension()), layout);
      case RandomProjection(int dimension, long seed) ->
          inMainMemory(new RandomSketch(dimension, seed), layout);
    };
  }

  /** Gradients are copied from a device: these methods are for few numbers. */
  private static Compressor inMainMemory(GradientSketch sketch, GradientLayout layout) {
    return SketchCompressor.inMainMemory(sketch, layout);
  }

  private Compressor sketches(StreamingSketch sketch, GradientLayout layout) {
    return kernels
        .filter(present -> device.isGpu())
        .map(
            present ->
                SketchCompressor.onDevice(sketch, layout, engine, device.getDeviceId(), present))
        .orElseGet(() -> SketchCompressor.inMainMemory(sketch, layout));
  }
}
