package org.rapidin.attribution.compression;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * No compression: the vector is the gradient, so influence is exact but for the rounding of stored
 * rows. {@code {"method": "identity", "dimension": default P}}.
 *
 * @param given K = P, the numbers of all gradients, from 1 to 2^20; 0 while it is not known
 */
public record Identity(int given) implements Compression {
  static final String METHOD_NAME = "identity";
  private static final String SOURCE = "the attributor's parameters";

  /**
   * Checks the dimension.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public Identity {
    DerivedDimension.require(given, METHOD_NAME, SOURCE);
  }

  static Identity read(SpecObject compression) {
    compression.requireKeys(METHOD, DerivedDimension.KEY);
    int dimension = DerivedDimension.read(compression, METHOD_NAME, SOURCE);
    return new Identity(dimension);
  }

  @Override
  public CompressionError error(GradientLayout layout) {
    return CompressionError.NONE;
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    DerivedDimension.write(given, map);
    return map;
  }

  @Override
  public int dimension() {
    return DerivedDimension.known(given, SOURCE);
  }

  @Override
  public Identity fit(GradientLayout layout) {
    long length = layout.length();
    if (length > DerivedDimension.MAX) {
      throw new IllegalArgumentException(
          ("compression.method [identity] stores gradients of at most %s numbers, those of the"
                  + " attributor's parameters and checkpoints have %s: select fewer, or use method"
                  + " [rapidgrad]")
              .formatted(DerivedDimension.MAX, length));
    }
    if (given != 0 && given != length) {
      throw new IllegalArgumentException(
          ("compression.dimension of method [identity] must be %s, the numbers of the attributor's"
                  + " gradients, got %s: leave it out")
              .formatted(length, given));
    }
    return new Identity((int) length);
  }

  @Override
  public List<ModulePart> parts(GradientLayout layout) {
    List<ModulePart> parts = new ArrayList<>();
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      for (int t = 0; t < layout.tensors().size(); t++) {
        Tensor tensor = layout.tensors().get(t);
        int from = Math.toIntExact(layout.position(checkpoint, t));
        parts.add(new ModulePart(tensor.module(), from, Math.addExact(from, (int) tensor.size())));
      }
    }
    return parts;
  }

  @Override
  public boolean mayBecome(Compression fitted) {
    return equals(fitted) || given == 0 && fitted instanceof Identity;
  }
}
