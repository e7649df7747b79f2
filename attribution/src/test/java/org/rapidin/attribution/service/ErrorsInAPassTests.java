package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compressor.SketchCompressor;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.attribution.sketch.GradientSketch;

/**
 * An Error in the middle of a pass, where the gradients of a tensor are added to the sketch. It
 * must not become the fault of a document, which would hide that the process is out of heap.
 */
class ErrorsInAPassTests extends AttributorTestCase {
  private static final TokenSelection ALL = new TokenSelection.All();

  private final WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
  private Error error;

  static Stream<Error> errors() {
    return Stream.of(
        new OutOfMemoryError("Java heap space"),
        new StackOverflowError(),
        new UnsatisfiedLinkError("libtorch: undefined symbol"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void findingsRowA11AnErrorFailsThePassAndReturnsItsMemory(Error thrown) throws IOException {
    GradientSketch sketch = new FailingSketch(new PlainConcatenation(LENGTH));
    List<Sample> samples = samples(3);
    try (Attributor attributor =
        open(spec(), cache, model -> SketchCompressor.inMainMemory(sketch, model.layout()))) {
      List<GradientResult> documents = attributor.documents(samples);
      QueryGradient query = attributor.query(samples.getFirst(), ALL, true);
      long idle = cache.budget().usage().reservedBytes();
      error = thrown;
      requireError(() -> attributor.documents(samples));
      requireError(() -> attributor.query(samples.getFirst(), ALL, false));
      requireError(() -> attributor.query(samples.getFirst(), ALL, true));
      assertTrue(cache.budget().usage().peakBytes() > idle);
      assertEquals(idle, cache.budget().usage().reservedBytes());
      error = null;
      List<GradientResult> again = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        assertArrayEquals(vector(documents.get(i)), vector(again.get(i)), 0);
      }
      assertArrayEquals(
          query.vector(), attributor.query(samples.getFirst(), ALL, true).vector(), 0);
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
  }

  private void requireError(Executable work) {
    assertSame(error, assertThrows(Error.class, work));
  }

  /** Fails with the second tensor while there is an error. */
  private final class FailingSketch implements GradientSketch {
    private final GradientSketch sketch;

    FailingSketch(GradientSketch sketch) {
      this.sketch = sketch;
    }

    @Override
    public Accumulator accumulator() {
      Accumulator sum = sketch.accumulator();
      return new Accumulator() {
        private int tensors;

        @Override
        public void add(MemorySegment piece, long position, float scale) {
          if (error != null && ++tensors == 2) {
            throw error;
          }
          sum.add(piece, position, scale);
        }

        @Override
        public float[] finish() {
          return sum.finish();
        }
      };
    }
  }
}
