package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.model.file.SecondMoments;

/** Makes the compressors of the methods that project linear layers on both sides. */
final class Projections {

  private Projections() {}

  /**
   * Makes the compressor of LoGra with random projections, which take {@link Logra#residentBytes}.
   *
   * @param parent its sub-manager owns them, on the device of the gradients
   * @param logra fitted to the layout
   * @param exactNorms whether the scale depends on the norm of the gradient
   * @see <a href="https://arxiv.org/abs/2405.13954">LoGra, section 3.2</a>
   */
  static ProjectionCompressor logra(
      NDManager parent, Logra logra, GradientLayout layout, boolean exactNorms) {
    NDManager manager = parent.newSubManager();
    LayerSigns signs = new LayerSigns(manager, layout, logra.seed());
    return logra(manager, logra, layout, exactNorms, signs::onBothSides);
  }

  /**
   * Makes the compressor of LoGra with principal components; as the other method.
   *
   * @param components of the layout's tensors, in its order, at least as many as the rank
   */
  static ProjectionCompressor logra(
      NDManager parent,
      Logra logra,
      GradientLayout layout,
      List<PrincipalComponents.Layer> components,
      boolean exactNorms) {
    NDManager manager = parent.newSubManager();
    LayerComponents projections = new LayerComponents(manager);
    return logra(
        manager,
        logra,
        layout,
        exactNorms,
        (layer, block) -> projections.onBothSides(components.get(layer), block));
  }

  private static ProjectionCompressor logra(
      NDManager manager,
      Logra logra,
      GradientLayout layout,
      boolean exactNorms,
      BiFunction<Integer, Block, TwoSidedProjection> projections) {
    List<Block> blocks = logra.blocks(layout);
    return new ProjectionCompressor(
        manager,
        layout,
        blocks,
        layer -> new FactorProjector(projections.apply(layer, blocks.get(layer)), exactNorms),
        logra.dimension(),
        () -> {});
  }

  /**
   * Makes the compressor of TrackStar, whose projections take {@link TrackStar#residentBytes}.
   *
   * <p>Where second moments have one factor a row and one a column, the projections are multiplied
   * with their roots, and gradients are projected by their factors; others are multiplied out.
   *
   * @param parent its sub-manager owns them, on the device of the gradients
   * @param trackStar fitted to the layout
   * @param moments that gradients are divided by, closed with the compressor
   * @see <a href="https://arxiv.org/abs/2410.17413">TrackStar, section 3</a>
   */
  static ProjectionCompressor trackStar(
      NDManager parent,
      TrackStar trackStar,
      GradientLayout layout,
      Optional<SecondMoments> moments) {
    NDManager manager = parent.newSubManager();
    LayerSigns signs = new LayerSigns(manager, layout, trackStar.seed());
    List<Block> blocks = trackStar.blocks(layout);
    return new ProjectionCompressor(
        manager,
        layout,
        blocks,
        layer -> projector(signs, layer, blocks.get(layer), moments),
        trackStar.dimension(),
        () -> moments.ifPresent(SecondMoments::close));
  }

  private static LayerProjector projector(
      LayerSigns signs, int layer, Block block, Optional<SecondMoments> moments) {
    Tensor tensor = signs.layout().tensors().get(layer);
    Optional<SecondMoments.Factors> factors =
        moments.flatMap(present -> present.factors(tensor.name()));
    TwoSidedProjection projection = signs.whereShortened(layer, block, factors);
    return moments.isPresent() && factors.isEmpty()
        ? new ScaledProjector(projection, moments.get(), tensor)
        : new FactorProjector(projection, false);
  }
}
