package org.rapidin.attribution.model.decoder.composed;

import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;

/**
 * Collects the parameters of one layer.
 *
 * @param layout that they are added to
 * @param norm kind of all normalizations
 */
public record LayerLayout(
    ModelLayout.Builder layout, ModuleNames names, int index, NormModule.Kind norm) {

  /**
   * A linear layer.
   *
   * @param module name below the layer
   */
  public void linear(String module, long out, long in, boolean biased) {
    add(module, "weight", Role.LINEAR, out, in);
    if (biased) {
      add(module, "bias", Role.BIAS, out);
    }
  }

  /** A linear layer with a bias whose weight is stored transposed, [in, out]. */
  public void transposed(String module, long in, long out) {
    add(module, "weight", Role.TRANSPOSED_LINEAR, in, out);
    add(module, "bias", Role.BIAS, out);
  }

  /** A normalization. */
  public void norm(String module, long width) {
    add(module, "weight", Role.NORM, width);
    if (norm == NormModule.Kind.LAYER) {
      add(module, "bias", Role.BIAS, width);
    }
  }

  private void add(String module, String parameter, Role role, long... shape) {
    layout.add("%s.%s".formatted(names.layer(index, module), parameter), role, index, shape);
  }
}
