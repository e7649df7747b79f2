package org.rapidin.attribution.model.decoder.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.TokenBatch;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.torch.TorchMemory;

/** The forward pass against the plain one in double precision. */
class LlamaDecoderTests {
  /** Float32 through two layers of width 8 rounds to about 1e-6. */
  private static final double TOLERANCE = 2e-5;

  @ParameterizedTest
  @EnumSource(TinyModel.Variant.class)
  void logitsAreThoseOfThePlainModel(TinyModel.Variant variant) {
    try (TinyModel model = new TinyModel(variant, 11)) {
      long[] ids = model.tokens(new Random(1), 9);
      double[][] wanted = model.oracle().logits(ids);
      requireEqual(wanted, logits(model, List.of(ids))[0]);
    }
  }

  @Test
  void paddingDoesNotChangeLogits() {
    try (TinyModel model = new TinyModel(TinyModel.Variant.GROUPED_QUERIES_UNTIED, 12)) {
      Random random = new Random(2);
      List<long[]> batch = List.of(model.tokens(random, 4), model.tokens(random, 9));
      float[][] got = logits(model, batch);
      requireEqual(model.oracle().logits(batch.get(0)), got[0]);
      requireEqual(model.oracle().logits(batch.get(1)), got[1]);
    }
  }

  @Test
  void lengthsMayComeInAnyOrder() {
    try (TinyModel model = new TinyModel(TinyModel.Variant.STRETCHED_POSITIONS, 13)) {
      Random random = new Random(3);
      for (int length : new int[] {3, 64, 1, 33, 64}) {
        long[] ids = model.tokens(random, length);
        requireEqual(model.oracle().logits(ids), logits(model, List.of(ids))[0]);
      }
    }
  }

  @Test
  void tokenLossesAreNegativeLogProbabilities() {
    try (TinyModel model = new TinyModel(TinyModel.Variant.TIED_WIDE_HEADS, 14);
        NDManager own = model.manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      WholeDecoder whole = new WholeDecoder(model.decoder());
      long[] ids = model.tokens(new Random(4), 6);
      NDArray hidden = whole.hidden(own, List.of(ids), ModuleTap.NONE);
      NDArray flat = TorchMemory.longs(own, new Shape(2), new long[] {1, 4});
      NDArray targets = TorchMemory.longs(own, new Shape(2), new long[] {ids[2], ids[5]});
      NDArray logits = whole.logits(WholeDecoder.select(hidden, flat), ModuleTap.NONE);
      float[] losses = WholeDecoder.tokenLosses(logits, targets).toFloatArray();
      assertEquals(model.oracle().loss(ids, new float[] {0, 0, 1, 0, 0, 0}), losses[0], TOLERANCE);
      assertEquals(model.oracle().loss(ids, new float[] {0, 0, 0, 0, 0, 1}), losses[1], TOLERANCE);
    }
  }

  @Test
  void refusesTokensThatTheModelDoesNotHave() {
    try (TinyModel model = new TinyModel(TinyModel.Variant.BIASED, 15)) {
      for (long id : new long[] {-1, 13, 1L << 40}) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    TokenBatch.of(
                        model.manager(), model.decoder().config(), List.of(new long[] {id})));
        assertTrue(e.getMessage().contains("token id " + id + " is outside"), e.getMessage());
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> TokenBatch.of(model.manager(), model.decoder().config(), List.of(new long[65])));
      assertThrows(
          IllegalArgumentException.class,
          () -> TokenBatch.of(model.manager(), model.decoder().config(), List.of(new long[0])));
    }
  }

  private static float[][] logits(TinyModel model, List<long[]> batch) {
    try (NDManager own = model.manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Decoder decoder = model.decoder();
      WholeDecoder whole = new WholeDecoder(decoder);
      NDArray logits = whole.logits(whole.hidden(own, batch, ModuleTap.NONE), ModuleTap.NONE);
      float[][] rows = new float[batch.size()][];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = logits.get(row).toFloatArray();
      }
      return rows;
    }
  }

  private static void requireEqual(double[][] wanted, float[] got) {
    int at = 0;
    for (double[] row : wanted) {
      for (double logit : row) {
        assertEquals(logit, got[at++], TOLERANCE);
      }
    }
  }
}
