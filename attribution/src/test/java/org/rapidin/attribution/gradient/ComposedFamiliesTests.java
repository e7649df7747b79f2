package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.decoder.composed.TinyFamily;
import org.rapidin.attribution.model.decoder.composed.TinyFamily.Variant;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Laws of gradients that every composed family obeys, all parameters and an adapter counted. */
class ComposedFamiliesTests extends GradientComputerTestCase {

  private static GradientComputer all(TinyFamily model) {
    return new GradientComputer(model.manager(), model.decoder(), List.of("*"));
  }

  private static WeightedSequence sample(TinyFamily model, Random random, int length, int loss) {
    float[] weights = new float[length];
    Arrays.fill(weights, length - loss, length, 1f / loss);
    return new WeightedSequence(model.tokens(random, length), weights);
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void batchSizeDoesNotChangeGradients(Variant variant) {
    try (TinyFamily model = new TinyFamily(variant, true, 51)) {
      Random random = new Random(1);
      List<WeightedSequence> batch = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int length = 2 + random.nextInt(20);
        batch.add(sample(model, random, length, 1 + random.nextInt(length - 1)));
      }
      GradientComputer computer = all(model);
      CollectedGradients together = new CollectedGradients(computer.parameters());
      computer.compute(batch, together);
      for (int i = 0; i < batch.size(); i++) {
        CollectedGradients alone = new CollectedGradients(computer.parameters());
        computer.compute(List.of(batch.get(i)), alone);
        requireEqual(alone.row(0), together.row(i), 2e-5);
      }
    }
  }

  /** LongRoPE's factors are those of a row's own length. */
  @ParameterizedTest
  @EnumSource(Variant.class)
  void aLongerRowDoesNotChangeLogits(Variant variant) {
    try (TinyFamily model = new TinyFamily(variant, true, 55)) {
      Random random = new Random(5);
      long[] shorter = model.tokens(random, 8);
      float[] alone = logits(model, List.of(shorter));
      float[] first = logits(model, List.of(shorter, model.tokens(random, 9)));
      assertArrayEquals(alone, Arrays.copyOf(first, alone.length), 2e-5f);
    }
  }

  /** Of the first row's first 8 positions. */
  private static float[] logits(TinyFamily model, List<long[]> rows) {
    WholeDecoder decoder = new WholeDecoder(model.decoder());
    try (NDManager own = model.manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray hidden = decoder.hidden(own, rows, ModuleTap.NONE);
      return decoder.logits(hidden.get("0:1,0:8"), ModuleTap.NONE).toFloatArray();
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void meanOfTokenGradientsIsTheGradientOfTheMean(Variant variant) {
    try (TinyFamily model = new TinyFamily(variant, true, 52)) {
      WeightedSequence sample = sample(model, new Random(2), 12, 4);
      GradientComputer computer = all(model);
      CollectedGradients whole = new CollectedGradients(computer.parameters());
      double[] loss = computer.compute(List.of(sample), whole);
      int[] positions = {8, 9, 10, 11};
      CollectedGradients tokens = new CollectedGradients(computer.parameters());
      double[] losses = computer.computeTokens(sample, positions, tokens);
      assertEquals(loss[0], Arrays.stream(losses).average().orElseThrow(), 1e-5);
      whole
          .row(0)
          .forEach(
              (name, gradient) -> {
                float[] mean = new float[gradient.length];
                for (int row = 0; row < positions.length; row++) {
                  float[] token = tokens.row(row).get(name);
                  for (int i = 0; i < mean.length; i++) {
                    mean[i] += token[i] / positions.length;
                  }
                }
                requireEqual(whole.row(0), name, mean, 2e-5);
              });
    }
  }

  /** One graph of the whole model, with the parameters themselves as its leaves. */
  @ParameterizedTest
  @EnumSource(Variant.class)
  void theLayerWisePassHasTheGradientsOfTheWholeGraph(Variant variant) {
    try (TinyFamily model = new TinyFamily(variant, true, 53)) {
      WeightedSequence sample = sample(model, new Random(3), 11, 9);
      GradientComputer computer = all(model);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      computer.compute(List.of(sample), got);
      Map<String, float[]> wanted = wholeGraph(model, sample);
      assertEquals(wanted.keySet(), got.row(0).keySet());
      got.row(0).forEach((name, gradient) -> requireEqual(wanted, name, gradient, 2e-5));
    }
  }

  private static Map<String, float[]> wholeGraph(TinyFamily model, WeightedSequence sample) {
    WholeDecoder decoder = new WholeDecoder(model.decoder());
    model.parameters().values().forEach(parameter -> parameter.setRequiresGradient(true));
    LossPositions positions = LossPositions.of(List.of(sample));
    try (NDManager own = model.manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Shape count = new Shape(positions.count());
      JniUtils.setGradMode(true);
      NDArray hidden = decoder.hidden(own, List.of(sample.ids()), ModuleTap.NONE);
      NDArray flat = TorchMemory.longs(own, count, positions.flat());
      NDArray logits = decoder.logits(WholeDecoder.select(hidden, flat), ModuleTap.NONE);
      NDArray targets = TorchMemory.longs(own, count, positions.targets());
      NDArray losses = WholeDecoder.tokenLosses(logits, targets);
      NDArray seed = TorchMemory.floats(own, count, positions.weights());
      JniUtils.backward((PtNDArray) losses, (PtNDArray) seed, false, false);
      JniUtils.setGradMode(false);
      Map<String, float[]> gradients = new TreeMap<>();
      model
          .parameters()
          .forEach(
              (name, parameter) -> gradients.put(name, parameter.getGradient().toFloatArray()));
      return gradients;
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  /**
   * A step along the gradient changes the loss by its length. Rounding of losses in float32 leaves
   * up to 3e-3; a wrong formula 1e-1.
   */
  @ParameterizedTest
  @EnumSource(Variant.class)
  void theLossChangesAsTheGradientSays(Variant variant) {
    try (TinyFamily model = new TinyFamily(variant, true, 54)) {
      WeightedSequence sample = sample(model, new Random(4), 11, 9);
      GradientComputer computer = all(model);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      double loss = computer.compute(List.of(sample), got)[0];
      Map<String, float[]> gradient = got.row(0);
      double squares = gradient.values().stream().mapToDouble(CollectedGradients::squares).sum();
      double step = 2e-3 * loss / Math.sqrt(squares);
      move(model, gradient, step / Math.sqrt(squares));
      double up = computer.compute(List.of(sample), ignored -> {})[0];
      move(model, gradient, -2 * step / Math.sqrt(squares));
      double down = computer.compute(List.of(sample), ignored -> {})[0];
      double error = Math.abs((up - down) / (2 * step) / Math.sqrt(squares) - 1);
      assertTrue(error < 1e-2, variant + " is off by " + error);
    }
  }

  private static void move(TinyFamily model, Map<String, float[]> gradient, double factor) {
    gradient.forEach(
        (name, values) -> {
          NDArray parameter = model.parameters().get(name);
          MemorySegment memory = TorchMemory.view(parameter);
          for (int i = 0; i < values.length; i++) {
            float value = memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (value + factor * values[i]));
          }
        });
  }
}
