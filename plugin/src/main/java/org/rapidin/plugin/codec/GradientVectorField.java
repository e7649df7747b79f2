package org.rapidin.plugin.codec;

import org.rapidin.scorer.ElementType;

/** What the codec must know of a mapped field; the field type of gradient vectors implements it. */
public interface GradientVectorField {
  /** How the field's numbers are stored. */
  ElementType elementType();

  /** Sign bits of a document's code, B, or 0 if the field has no codes. */
  int codeBits();

  /** Whether segments with many codes have a graph over them. */
  boolean hasGraph();
}
