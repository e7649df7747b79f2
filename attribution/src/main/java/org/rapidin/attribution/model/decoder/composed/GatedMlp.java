package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;

/** An MLP with a gate: y = down(act(gate(x)) · up(x)). */
public record GatedMlp(
    LinearModule gate, LinearModule up, LinearModule down, Activation activation, Scalars scalars) {
  private static final String GATE = "mlp.gate_proj";
  private static final String UP = "mlp.up_proj";
  private static final String DOWN = "mlp.down_proj";

  /** Declares the MLP under the names of most families. */
  public static void declare(LayerLayout layer, long hidden, long middle, boolean biased) {
    layer.linear(GATE, middle, hidden, biased);
    layer.linear(UP, middle, hidden, biased);
    layer.linear(DOWN, hidden, middle, biased);
  }

  /** The MLP under the names of most families. */
  public static GatedMlp of(LayerModules modules, Activation activation) {
    return new GatedMlp(
        modules.linear(GATE),
        modules.linear(UP),
        modules.linear(DOWN),
        activation,
        modules.scalars());
  }

  /**
   * Applies the MLP.
   *
   * @param x float32, [..., hidden]
   */
  public NDArray apply(NDArray x, ModuleTap tap) {
    NDArray gated = activation.apply(gate.apply(x, tap), scalars);
    return down.apply(gated.mul(up.apply(x, tap)), tap);
  }
}
