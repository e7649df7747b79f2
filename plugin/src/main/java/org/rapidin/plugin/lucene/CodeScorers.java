package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;
import org.apache.lucene.util.hnsw.UpdateableRandomVectorScorer;
import org.rapidin.scorer.bits.BitDifferences;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SegmentCodes;

/**
 * Scores codes of a segment against one of them: the part of the signs that are equal, which falls
 * with the angle between the centred rows.
 *
 * @param codes of the segment
 */
record CodeScorers(SegmentCodes codes) implements RandomVectorScorerSupplier {
  @Override
  public UpdateableRandomVectorScorer scorer() {
    Optional<CodeMatrix> mapped = codes.mapped();
    return mapped.isPresent() ? new InPlace(mapped.get()) : new Copying(codes);
  }

  @Override
  public RandomVectorScorerSupplier copy() {
    return this;
  }

  private static float equalPart(int different, int bits) {
    return 1 - (float) different / bits;
  }

  private static final class InPlace implements UpdateableRandomVectorScorer {
    private final BitDifferences differences = BitDifferences.best();
    private final CodeMatrix matrix;
    private int row;

    InPlace(CodeMatrix matrix) {
      this.matrix = matrix;
    }

    @Override
    public void setScoringOrdinal(int node) {
      row = node;
    }

    @Override
    public float score(int node) {
      return equalPart(differences.count(matrix, row, node), matrix.bits());
    }

    @Override
    public int maxOrd() {
      return matrix.rows();
    }
  }

  /** For files that are not mapped. */
  private static final class Copying implements UpdateableRandomVectorScorer {
    private final BitDifferences differences = BitDifferences.best();
    private final SegmentCodes codes;
    private final CodeMatrix two;

    Copying(SegmentCodes codes) {
      this.codes = codes;
      Arena arena = Arena.ofAuto();
      long stride = codes.bits() / Byte.SIZE;
      MemorySegment bits = arena.allocate(2 * stride, Long.BYTES);
      MemorySegment factors = arena.allocate(2L * Float.BYTES, Float.BYTES);
      this.two = CodeMatrix.of(bits, stride, factors, 2, codes.bits());
    }

    private void read(int node, int row) throws IOException {
      codes.read(
          node,
          1,
          two.pieces().getFirst().asSlice(row * two.stride()),
          two.stride(),
          two.factors().asSlice((long) Float.BYTES * row));
    }

    @Override
    public void setScoringOrdinal(int node) throws IOException {
      read(node, 0);
    }

    @Override
    public float score(int node) throws IOException {
      read(node, 1);
      return equalPart(differences.count(two, 0, 1), two.bits());
    }

    @Override
    public int maxOrd() {
      return codes.rows();
    }
  }
}
