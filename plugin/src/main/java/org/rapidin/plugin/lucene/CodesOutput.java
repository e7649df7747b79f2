package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexOutput;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.bits.SignCode;
import org.rapidin.scorer.bits.SignEncoder;

/**
 * Writes the codes of one field's rows, in their final order. Nothing else is written to the file
 * between the first row and {@link #finish}.
 */
final class CodesOutput {
  private final IndexOutput output;
  private final ElementType elementType;
  private final int bits;
  private final float[] centre;
  private final SignEncoder encoder;
  private final long bitsOffset;
  private final ByteBuffersDataOutput factors = new ByteBuffersDataOutput();
  private final ByteBuffersDataOutput errors = new ByteBuffersDataOutput();

  /**
   * @param bits B
   * @param centre c, float32, length K
   */
  CodesOutput(IndexOutput output, ElementType elementType, int bits, float[] centre)
      throws IOException {
    this.output = output;
    this.elementType = elementType;
    this.bits = bits;
    this.centre = centre;
    this.encoder = new SignEncoder(CodeRotation.of(centre.length), bits, centre);
    this.bitsOffset = output.alignFilePointer(GradientVectorsFormat.PAGE_BYTES);
  }

  /**
   * Appends the code of a row.
   *
   * @param row a row of {@link ElementType}
   */
  void add(byte[] row) throws IOException {
    SignCode code = encoder.encode(elementType.decode(row));
    output.writeBytes(code.bits(), code.bits().length);
    factors.writeInt(Float.floatToIntBits(code.factor()));
    errors.writeInt(Float.floatToIntBits(code.error()));
  }

  /** Writes factors, errors and the centre. */
  CodeEntry finish() throws IOException {
    long factorsOffset = output.alignFilePointer(GradientVectorsFormat.FLOATS_ALIGNMENT);
    factors.copyTo(output);
    long errorsOffset = output.alignFilePointer(GradientVectorsFormat.FLOATS_ALIGNMENT);
    errors.copyTo(output);
    long centreOffset = output.alignFilePointer(GradientVectorsFormat.FLOATS_ALIGNMENT);
    for (float number : centre) {
      output.writeInt(Float.floatToIntBits(number));
    }
    return new CodeEntry(bits, bitsOffset, factorsOffset, errorsOffset, centreOffset);
  }
}
