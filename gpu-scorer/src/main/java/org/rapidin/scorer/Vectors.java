package org.rapidin.scorer;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What the kernels of all element types compute with. */
final class Vectors {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LANES = FLOATS.length();
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private Vectors() {}
}
