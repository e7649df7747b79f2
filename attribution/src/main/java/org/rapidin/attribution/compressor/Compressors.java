package org.rapidin.attribution.compressor;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.RandomProjection;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.SecondMoments;
import org.rapidin.attribution.sketch.Concatenation;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.RandomSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.gpu.GpuScanEngine;

/**
 * Makes the compressor of a compression.
 *
 * @param manager of the model, on the device where gradients are computed
 * @param kernels of the model, open longer than its compressors; empty if this libtorch or
 *     processor has none
 * @param engine the node's devices, on which gradients are compressed if they are computed there
 * @param directory of the model
 * @param artefacts those of the cluster
 */
public record Compressors(
    NDManager manager,
    Optional<FusedKernels> kernels,
    GpuScanEngine engine,
    ModelDirectory directory,
    ArtefactSource artefacts) {

  /**
   * Returns a new compressor of gradients of a layout; the caller closes it.
   *
   * @param spec whose compression is fitted to the layout
   */
  public Compressor open(AttributorSpec spec, GradientLayout layout) throws IOException {
    Compressor compressor = uncorrected(spec, layout);
    if (!(spec.compression() instanceof TrackStar trackStar) || trackStar.artefact().isEmpty()) {
      return compressor;
    }
    ArtefactReference artefact = trackStar.artefact().get();
    try {
      ArtefactSource.Held held = artefacts.open(artefact);
      if (held.state() instanceof DampedInverse inverse
          && inverse.parts().equals(trackStar.layers(layout))) {
        return new WhitenedCompressor(compressor, inverse, held);
      }
      held.close();
      throw new IllegalArgumentException(
          "artefact [%s] was fitted to vectors of other layers".formatted(artefact.id()));
    } catch (RuntimeException | Error e) {
      compressor.close();
      throw e;
    }
  }

  private Compressor uncorrected(AttributorSpec spec, GradientLayout layout) throws IOException {
    return switch (spec.compression()) {
      case RapidGrad(int dimension, long seed) ->
          sketches(new StreamingSketch(dimension, seed), layout);
      case Identity identity -> inMainMemory(new Concatenation(identity.dimension()), layout);
      case RandomProjection(int dimension, long seed) ->
          inMainMemory(new RandomSketch(dimension, seed), layout);
      case LmHead(int dimension, long seed) ->
          sketches(new StreamingSketch(dimension, seed), layout);
      case Logra logra -> logra(logra, layout, spec.normalization() != Normalization.NONE);
      case TrackStar trackStar -> trackStar(trackStar, layout);
    };
  }

  /** The components are copied, so that the artefact leaves the heap. */
  private Compressor logra(Logra logra, GradientLayout layout, boolean exactNorms) {
    if (logra.artefact().isEmpty()) {
      return Projections.logra(manager, logra, layout, exactNorms);
    }
    ArtefactReference artefact = logra.artefact().get();
    try (ArtefactSource.Held held = artefacts.open(artefact)) {
      if (!(held.state() instanceof PrincipalComponents components)) {
        throw new IllegalArgumentException(
            "artefact [%s] does not have principal components".formatted(artefact.id()));
      }
      List<PrincipalComponents.Layer> layers;
      try {
        layers = components.of(layout, logra.rank());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "artefact [%s] %s".formatted(artefact.id(), e.getMessage()), e);
      }
      return Projections.logra(manager, logra, layout, layers, exactNorms);
    }
  }

  private Compressor trackStar(TrackStar trackStar, GradientLayout layout) throws IOException {
    if (!trackStar.secondMoment()) {
      return Projections.trackStar(manager, trackStar, layout, Optional.empty());
    }
    SecondMoments moments = directory.openSecondMoments();
    try {
      return Projections.trackStar(manager, trackStar, layout, Optional.of(moments));
    } catch (RuntimeException | Error e) {
      moments.close();
      throw e;
    }
  }

  /** Gradients are copied from a device: these methods are for few numbers. */
  private static Compressor inMainMemory(GradientSketch sketch, GradientLayout layout) {
    return SketchCompressor.inMainMemory(sketch, layout);
  }

  private Compressor sketches(StreamingSketch sketch, GradientLayout layout) {
    Device device = manager.getDevice();
    return kernels
        .filter(present -> device.isGpu())
        .map(
            present ->
                SketchCompressor.onDevice(sketch, layout, engine, device.getDeviceId(), present))
        .orElseGet(() -> SketchCompressor.inMainMemory(sketch, layout));
  }
}
