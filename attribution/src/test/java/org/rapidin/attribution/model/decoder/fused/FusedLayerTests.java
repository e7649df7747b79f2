package org.rapidin.attribution.model.decoder.fused;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;

/** Laws of backward passes by hand: batches, kept activations, selection, threads, arrays. */
class FusedLayerTests extends FusedLayerTestCase {

  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED_TIED"})
  void batchSizeDoesNotChangeGradients(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 43, 0.5);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 5);
      int[] lengths = new Random(4).ints(12, 2, 32).toArray();
      List<WeightedSequence> batch = batch(model.decoder(), lengths);
      CollectedGradients together = new CollectedGradients(name -> true);
      float[] losses = pass.run(batch, together);
      int loss = 0;
      for (int row = 0; row < batch.size(); row++) {
        CollectedGradients alone = new CollectedGradients(name -> !name.equals("embedded"));
        for (float one : pass.run(List.of(batch.get(row)), alone)) {
          assertEquals(one, losses[loss++], 1e-5);
        }
        requireEqual("row " + row, alone.row(0), together.row(row), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED"})
  void computingActivationsAgainChangesNoBit(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 44);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      List<WeightedSequence> batch = batch(model.decoder(), 11, 7);
      CollectedGradients kept = new CollectedGradients(name -> true);
      float[] losses = new FusedPass(kernels, model.decoder(), true, 100).run(batch, kept);
      CollectedGradients again = new CollectedGradients(name -> true);
      assertArrayEquals(
          losses, new FusedPass(kernels, model.decoder(), false, 100).run(batch, again));
      for (int row = 0; row < batch.size(); row++) {
        requireEqual("row " + row, kept.row(row), again.row(row), 0);
      }
    }
  }

  /** What is not wanted is skipped, down to everything below the last wanted parameter. */
  @ParameterizedTest
  @EnumSource(names = {"BIASED", "ADAPTED"})
  void wantingOneParameterAloneChangesNoBit(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 45);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 100);
      List<WeightedSequence> batch = batch(model.decoder(), 10, 6);
      CollectedGradients all = new CollectedGradients(name -> true);
      pass.run(batch, all);
      for (Map.Entry<String, float[]> wanted : all.row(1).entrySet()) {
        CollectedGradients alone = new CollectedGradients(wanted.getKey()::equals);
        pass.run(batch, alone);
        assertEquals(Set.of(wanted.getKey()), alone.row(1).keySet());
        assertArrayEquals(wanted.getValue(), alone.row(1).get(wanted.getKey()), wanted.getKey());
      }
    }
  }

  @Test
  void oneForwardPassServesSeveralBackwardPasses() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 46);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 100);
      WeightedSequence sample = batch(model.decoder(), 12).getFirst();
      CollectedGradients whole = new CollectedGradients(name -> true);
      pass.run(List.of(sample), whole);
      List<CollectedGradients> tokens = pass.tokens(sample);
      assertEquals(6, tokens.size());
      for (String name : whole.row(0).keySet()) {
        float[] sum = new float[whole.row(0).get(name).length];
        tokens.forEach(token -> add(sum, token.row(0).get(name)));
        double error = CollectedGradients.error(whole.row(0), Map.of(name, sum), name);
        assertTrue(error < 1e-5, name + " is off by " + error);
      }
    }
  }

  private static void add(float[] sum, float[] part) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += part[i];
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 48);
        FusedKernels kernels = FusedKernels.load(model.manager());
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 7);
      List<WeightedSequence> batch = batch(model.decoder(), 40, 31);
      CollectedGradients wanted = new CollectedGradients(name -> true);
      pass.run(batch, wanted);
      List<Future<CollectedGradients>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        results.add(
            threads.submit(
                () -> {
                  CollectedGradients got = new CollectedGradients(name -> true);
                  pass.run(batch, got);
                  return got;
                }));
      }
      for (Future<CollectedGradients> result : results) {
        requireEqual("thread", wanted.row(1), result.get().row(1), 0);
      }
    }
  }

  @Test
  void leavesNoArraysBehind() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 49);
        FusedKernels kernels = FusedKernels.load(model.manager())) {
      FusedPass pass = new FusedPass(kernels, model.decoder(), true, 7);
      List<WeightedSequence> batch = batch(model.decoder(), 13, 8);
      pass.run(batch, new CollectedGradients(name -> true));
      int before =
          kernels.manager().getManagedArrays().size() + model.manager().getManagedArrays().size();
      for (int i = 0; i < 5; i++) {
        pass.run(batch, new CollectedGradients(name -> true));
      }
      assertEquals(
          before,
          kernels.manager().getManagedArrays().size() + model.manager().getManagedArrays().size());
    }
  }
}
