package org.rapidin.plugin.codec;

import org.rapidin.scorer.ElementType;

/** What the codec must know of a mapped field; the field type of gradient vectors implements it. */
public interface GradientVectorField {
  /** How the field's numbers are stored. */
  ElementType elementType();
}
