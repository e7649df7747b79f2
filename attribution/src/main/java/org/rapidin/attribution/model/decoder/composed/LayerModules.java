package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;

/**
 * Makes the modules of one layer from its leased weights.
 *
 * @param index of the layer
 * @param scalars of the decoder
 */
public record LayerModules(
    ComposedConfig config,
    ModelLayout layout,
    DecoderWeights.Lease lease,
    Optional<LoraWeights> adapter,
    int index,
    Scalars scalars) {

  /**
   * A linear layer.
   *
   * @param module name below the layer
   */
  public LinearModule linear(String module) {
    String name = config.plan().names().layer(index, module);
    String weight = name + ".weight";
    return new LinearModule(
        name,
        lease.get(weight),
        bias(name),
        adapter.flatMap(matrices -> matrices.pair(name)).orElse(null),
        layout.parameter(weight).role() == Role.TRANSPOSED_LINEAR);
  }

  /** A normalization. */
  public NormModule norm(String module) {
    return normNamed(config.plan().names().layer(index, module));
  }

  /** A normalization by its whole name. */
  NormModule normNamed(String name) {
    return new NormModule(
        name,
        config.shape().norm(),
        lease.get(name + ".weight"),
        bias(name),
        scalar(config.shape().epsilon()),
        scalar(1));
  }

  private NDArray bias(String module) {
    String name = module + ".bias";
    return layout.contains(name) ? lease.get(name) : null;
  }

  /** A float32 scalar that lives as long as the decoder. */
  public NDArray scalar(double value) {
    return scalars.of(value);
  }
}
