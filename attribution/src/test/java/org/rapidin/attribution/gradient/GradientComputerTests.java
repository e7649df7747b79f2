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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Gradients against central differences of the plain model, and laws that need no reference. */
class GradientComputerTests extends GradientComputerTestCase {
  /** Float32 reaches about 3e-6 here, central differences in double 1e-9. */
  private static final double TOLERANCE = 5e-5;

  @ParameterizedTest
  @EnumSource(Variant.class)
  void gradientsAreCentralDifferencesOfThePlainModel(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 21)) {
      WeightedSequence sample = sample(model, new Random(1), 9, 4);
      GradientComputer computer = all(model);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      double[] losses = computer.compute(List.of(sample), got);
      assertEquals(
          model.oracle().loss(sample.ids(), sample.lossWeights()), losses[0], 1e-5, "loss");
      double worst = 0;
      for (Map.Entry<String, float[]> gradient : got.row(0).entrySet()) {
        double[] wanted = centralDifferences(model, gradient.getKey(), sample);
        double error = CollectedGradients.relativeError(wanted, gradient.getValue());
        assertTrue(error < TOLERANCE, variant + " " + gradient.getKey() + " is off by " + error);
        worst = Math.max(worst, error);
      }
      System.out.println(variant + ": worst error against central differences " + worst);
    }
  }

  private static double[] centralDifferences(
      TinyModel model, String parameter, WeightedSequence sample) {
    double step = 1e-5;
    double[] numbers = model.numbers().get(parameter);
    double[] gradient = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      double before = numbers[i];
      numbers[i] = before + step;
      double above = model.oracle().loss(sample.ids(), sample.lossWeights());
      numbers[i] = before - step;
      double below = model.oracle().loss(sample.ids(), sample.lossWeights());
      numbers[i] = before;
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void batchSizeDoesNotChangeGradients(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 22, 0.5)) {
      Random random = new Random(2);
      List<WeightedSequence> batch = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int length = 2 + random.nextInt(30);
        batch.add(sample(model, random, length, 1 + random.nextInt(length - 1)));
      }
      GradientComputer computer = all(model);
      CollectedGradients together = new CollectedGradients(computer.parameters());
      computer.compute(batch, together);
      for (int i = 0; i < batch.size(); i++) {
        CollectedGradients alone = new CollectedGradients(computer.parameters());
        computer.compute(List.of(batch.get(i)), alone);
        requireEqual(alone.row(0), together.row(i), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void meanOfTokenGradientsIsTheGradientOfTheMean(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 23)) {
      WeightedSequence sample = sample(model, new Random(3), 14, 6);
      GradientComputer computer = all(model);
      CollectedGradients whole = new CollectedGradients(computer.parameters());
      double[] loss = computer.compute(List.of(sample), whole);
      int[] positions = {8, 9, 10, 11, 12, 13};
      CollectedGradients tokens = new CollectedGradients(computer.parameters());
      double[] losses = computer.computeTokens(sample, positions, tokens);
      assertEquals(positions.length, tokens.rowCount());
      assertEquals(loss[0], java.util.Arrays.stream(losses).average().orElseThrow(), 1e-5);
      for (String name : whole.row(0).keySet()) {
        double[] mean = new double[whole.row(0).get(name).length];
        for (int row = 0; row < positions.length; row++) {
          float[] token = tokens.row(row).get(name);
          for (int i = 0; i < mean.length; i++) {
            mean[i] += token[i] / (double) positions.length;
          }
        }
        double error = CollectedGradients.relativeError(mean, whole.row(0).get(name));
        assertTrue(error < 1e-5, name + " is off by " + error);
      }
    }
  }

  @Test
  void eachTokenGradientIsThatOfItsOwnLoss() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED_TIED, 24)) {
      long[] ids = model.tokens(new Random(4), 12);
      GradientComputer computer = all(model);
      int[] positions = {11, 1, 7, 7};
      CollectedGradients tokens = new CollectedGradients(computer.parameters());
      WeightedSequence unweighted = new WeightedSequence(ids, new float[ids.length]);
      computer.computeTokens(unweighted, positions, tokens);
      for (int row = 0; row < positions.length; row++) {
        float[] weights = new float[ids.length];
        weights[positions[row]] = 1;
        CollectedGradients alone = new CollectedGradients(computer.parameters());
        computer.compute(List.of(new WeightedSequence(ids, weights)), alone);
        requireEqual(alone.row(0), tokens.row(row), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void aTrainerGetsTheSameGradientsFromTheParametersThemselves(Variant variant) {
    try (TinyModel model = new TinyModel(variant, 26)) {
      WeightedSequence sample = sample(model, new Random(6), 10, 9);
      GradientComputer computer = all(model);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      computer.compute(List.of(sample), got);
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
        got.row(0)
            .forEach(
                (name, gradient) -> {
                  float[] leaf = model.parameters().get(name).getGradient().toFloatArray();
                  requireEqual(Map.of(name, leaf), Map.of(name, gradient), 1e-5);
                });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,24", "4,40", "128,16384"})
  void chunksOfTheHeadAndOfTokensChangeNothing(int headChunk, int seedTokens) {
    for (Variant variant : List.of(Variant.ADAPTED_TIED, Variant.GROUPED_QUERIES_UNTIED)) {
      try (TinyModel model = new TinyModel(variant, 32)) {
        WeightedSequence sample = sample(model, new Random(9), 12, 9);
        WeightedSequence other = sample(model, new Random(10), 7, 2);
        int[] positions = {11, 3, 1, 5, 6};
        GradientComputer whole = all(model);
        CollectedGradients batch = new CollectedGradients(whole.parameters());
        CollectedGradients tokens = new CollectedGradients(whole.parameters());
        double[] losses = whole.compute(List.of(sample, other), batch);
        double[] tokenLosses = whole.computeTokens(sample, positions, tokens);
        GradientComputer chunked =
            new GradientComputer(
                model.manager(),
                model.decoder(),
                new ParameterSelection(model.decoder(), List.of("*")),
                new LayerMethod.Automatic(
                    model.decoder().config(), model.decoder().adapter().isPresent()),
                headChunk,
                seedTokens);
        CollectedGradients gotBatch = new CollectedGradients(whole.parameters());
        CollectedGradients gotTokens = new CollectedGradients(whole.parameters());
        assertArrayEquals(losses, chunked.compute(List.of(sample, other), gotBatch), 1e-6);
        assertArrayEquals(tokenLosses, chunked.computeTokens(sample, positions, gotTokens), 1e-6);
        for (int row = 0; row < 2; row++) {
          requireEqual(batch.row(row), gotBatch.row(row), 1e-5);
        }
        for (int row = 0; row < positions.length; row++) {
          requireEqual(tokens.row(row), gotTokens.row(row), 1e-5);
        }
      }
    }
  }
}
