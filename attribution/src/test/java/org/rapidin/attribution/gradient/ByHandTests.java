package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Layers that run backward by hand give the gradients of automatic differentiation. */
class ByHandTests extends GradientComputerTestCase {
  private static NDManager manager;
  private static FusedKernels kernels;

  @BeforeAll
  static void load() {
    manager = TestRuntime.get().newManager();
    kernels = FusedKernels.load(manager);
  }

  @AfterAll
  static void free() {
    kernels.close();
    manager.close();
  }

  private static GradientComputer automatic(TinyModel model, String... parameters) {
    return new GradientComputer(model.manager(), model.decoder(), List.of(parameters));
  }

  private static GradientComputer byHand(TinyModel model, String... parameters) {
    return automatic(model, parameters).byHand(kernels).orElseThrow();
  }

  private static List<WeightedSequence> batch(TinyModel model) {
    Random random = new Random(1);
    List<WeightedSequence> batch = new ArrayList<>();
    for (int length : new int[] {9, 3, 17, 17, 2}) {
      float[] weights = new float[length];
      for (int t = (length + 1) / 2; t < length; t++) {
        weights[t] = 1f / length;
      }
      batch.add(new WeightedSequence(model.tokens(random, length), weights));
    }
    return batch;
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void batchesHaveTheGradientsOfAutomaticDifferentiation(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 51)) {
      List<WeightedSequence> batch = batch(model);
      CollectedGradients wanted = new CollectedGradients(automatic(model, "*").parameters());
      double[] losses = automatic(model, "*").compute(batch, wanted);
      for (long keptBytes : new long[] {0, 3000, Long.MAX_VALUE}) {
        GradientComputer computer = byHand(model, "*");
        CollectedGradients got = new CollectedGradients(computer.parameters());
        assertArrayEquals(losses, computer.compute(batch, got, () -> false, keptBytes), 1e-5);
        for (int row = 0; row < batch.size(); row++) {
          requireEqual(wanted.row(row), got.row(row), 2e-5);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void tokensHaveTheGradientsOfAutomaticDifferentiation(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 52)) {
      WeightedSequence sample = batch(model).get(2);
      int[] positions = {16, 1, 8, 3};
      CollectedGradients wanted = new CollectedGradients(automatic(model, "*").parameters());
      double[] losses = automatic(model, "*").computeTokens(sample, positions, wanted);
      CollectedGradients got = new CollectedGradients(byHand(model, "*").parameters());
      assertArrayEquals(losses, byHand(model, "*").computeTokens(sample, positions, got), 1e-5);
      for (int row = 0; row < positions.length; row++) {
        requireEqual(wanted.row(row), got.row(row), 2e-5);
      }
    }
  }

  @Test
  void activationsThatAreKeptGiveTheBitsOfThoseComputedAgain() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 53)) {
      List<WeightedSequence> batch = batch(model);
      GradientComputer computer = byHand(model, "adapter");
      CollectedGradients kept = new CollectedGradients(computer.parameters());
      computer.compute(batch, kept, () -> false, Long.MAX_VALUE);
      CollectedGradients again = new CollectedGradients(computer.parameters());
      computer.compute(batch, again, () -> false, 0);
      for (int row = 0; row < batch.size(); row++) {
        requireEqual(again.row(row), kept.row(row), 0);
      }
    }
  }

  @Test
  void eachSingleParameterHasItsGradient() {
    for (Variant variant : List.of(Variant.BIASED, Variant.ADAPTED)) {
      try (TinyModel model = new TinyModel(variant, 54)) {
        List<WeightedSequence> batch = batch(model);
        GradientComputer all = automatic(model, "*");
        CollectedGradients wanted = new CollectedGradients(all.parameters());
        all.compute(batch, wanted);
        for (Parameter parameter : all.parameters()) {
          GradientComputer one = byHand(model, parameter.name());
          CollectedGradients got = new CollectedGradients(one.parameters());
          one.compute(batch, got);
          String name = parameter.name();
          for (int row = 0; row < batch.size(); row++) {
            Map<String, float[]> gradients = got.row(row);
            assertEquals(1, gradients.size());
            requireEqual(wanted.row(row), name, gradients.get(name), 2e-5);
          }
        }
      }
    }
  }

  @Test
  void cancellingFreesWhatWasKept() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 55)) {
      GradientComputer computer = byHand(model, "adapter");
      List<WeightedSequence> batch = batch(model);
      AtomicInteger asked = new AtomicInteger();
      computer.compute(batch, gradient -> {}, () -> asked.incrementAndGet() < 0, Long.MAX_VALUE);
      int before = managedArrays(model);
      for (int stop = 1; stop <= asked.get(); stop++) {
        AtomicInteger left = new AtomicInteger(stop);
        assertThrows(
            CancellationException.class,
            () ->
                computer.compute(
                    batch, gradient -> {}, () -> left.decrementAndGet() == 0, Long.MAX_VALUE));
      }
      assertEquals(before, managedArrays(model));
    }
  }

  @Test
  void aProbeAcceptsTheSameGradientsAndNamesATensorThatIsOff() {
    for (Variant variant : Variant.values()) {
      try (TinyModel model = new TinyModel(variant, 56);
          TinyModel other = new TinyModel(variant, 56)) {
        GradientComputer oracle = automatic(model, "*");
        assertEquals(Optional.empty(), byHand(model, "*").disagreement(oracle), variant.name());
        NDArray weight = other.parameters().get("model.layers.1.mlp.down_proj.weight");
        weight.muli(other.manager().full(weight.getShape(), 1.01f));
        String message = byHand(other, "*").disagreement(oracle).orElseThrow();
        assertTrue(message.matches("the gradient of .* of text [01] is off by .*"), message);
      }
    }
  }
}
