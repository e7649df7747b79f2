package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.TokenBatch;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Gradients against central differences of the plain model, and laws that need no reference. */
class GradientComputerTests {
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

  /** The case that DJL's operations with Java numbers get wrong; see TorchMemory. */
  @ParameterizedTest
  @EnumSource(Variant.class)
  void garbageCollectionBetweenLayersChangesNothing(Variant variant) throws Exception {
    try (TinyModel model = new TinyModel(variant, 25)) {
      WeightedSequence sample = sample(model, new Random(5), 20, 10);
      GradientComputer computer = all(model);
      CollectedGradients wanted = new CollectedGradients(computer.parameters());
      computer.compute(List.of(sample), wanted);
      CollectedGradients got = new CollectedGradients(computer.parameters());
      computer.compute(List.of(sample), got, GarbageCollection::never);
      requireEqual(wanted.row(0), got.row(0), 0);
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
        NDArray ids = TokenBatch.of(own, model.decoder().config(), List.of(sample.ids()));
        NDArray hidden = decoder.hidden(own, ids, ModuleTap.NONE);
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
                List.of("*"),
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

  /** A pass asks before every layer on its way up and down, and before every chunk of the head. */
  @Test
  void cancellingStopsBetweenAnyTwoLayersAndFreesEverything() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED_TIED, 33)) {
      GradientComputer computer = all(model);
      WeightedSequence sample = sample(model, new Random(11), 20, 10);
      AtomicInteger asked = new AtomicInteger();
      computer.compute(List.of(sample), gradient -> {}, () -> asked.incrementAndGet() < 0);
      int layers = model.decoder().config().layers();
      assertEquals(2 * layers + 2, asked.get(), "layers up, head, layers down, table");
      int before = managedArrays(model);
      for (int stop = 1; stop <= asked.get(); stop++) {
        AtomicInteger left = new AtomicInteger(stop);
        BooleanSupplier cancelled = () -> left.decrementAndGet() == 0;
        assertThrows(
            CancellationException.class,
            () -> computer.compute(List.of(sample), gradient -> {}, cancelled));
        AtomicInteger again = new AtomicInteger(stop);
        BooleanSupplier cancelledTokens = () -> again.decrementAndGet() == 0;
        assertThrows(
            CancellationException.class,
            () ->
                computer.computeTokens(sample, new int[] {3, 4}, gradient -> {}, cancelledTokens));
      }
      assertEquals(before, managedArrays(model));
      assertTrue(!JniUtils.isGradMode(), "the thread's gradient mode is off again");
    }
  }

  @Test
  void nothingBelowTheLowestSelectedParameterIsPropagated() {
    for (String name : List.of("model.layers.1.mlp.down_proj.weight", "model.norm.weight", "*")) {
      try (TinyModel model = new TinyModel(Variant.BIASED, 34)) {
        List<String> opened = new ArrayList<>();
        Decoder counted = new CountingDecoder(model.decoder(), opened);
        GradientComputer some = new GradientComputer(model.manager(), counted, List.of(name));
        WeightedSequence sample = sample(model, new Random(12), 9, 4);
        CollectedGradients got = new CollectedGradients(some.parameters());
        some.compute(List.of(sample), got);
        GradientComputer all = all(model);
        CollectedGradients wanted = new CollectedGradients(all.parameters());
        all.compute(List.of(sample), wanted);
        got.row(0)
            .forEach(
                (parameter, gradient) ->
                    requireEqual(
                        Map.of(parameter, wanted.row(0).get(parameter)),
                        Map.of(parameter, gradient),
                        0));
        List<String> forward = List.of("open 0", "close 0", "open 1", "close 1");
        List<String> backward =
            switch (name) {
              case "model.norm.weight" -> List.of();
              case "*" -> List.of("open 1", "close 1", "open 0", "close 0");
              default -> List.of("open 1", "close 1");
            };
        List<String> expected = new ArrayList<>(forward);
        expected.addAll(backward);
        assertEquals(expected, opened, name);
      }
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 27);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      GradientComputer computer = all(model);
      WeightedSequence sample = sample(model, new Random(7), 40, 30);
      CollectedGradients wanted = new CollectedGradients(computer.parameters());
      computer.compute(List.of(sample), wanted);
      List<Future<CollectedGradients>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        results.add(
            threads.submit(
                () -> {
                  CollectedGradients got = new CollectedGradients(computer.parameters());
                  computer.compute(List.of(sample), got);
                  return got;
                }));
      }
      for (Future<CollectedGradients> result : results) {
        requireEqual(wanted.row(0), result.get().row(0), 1e-5);
      }
    }
  }

  @Test
  void leavesNoArraysBehind() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED_TIED, 28)) {
      GradientComputer computer = all(model);
      WeightedSequence sample = sample(model, new Random(8), 20, 10);
      TensorSink nowhere = gradient -> {};
      TensorSink failing =
          gradient -> {
            throw new IllegalStateException("sink is full");
          };
      int before = managedArrays(model);
      for (int i = 0; i < 10; i++) {
        computer.compute(List.of(sample, sample), nowhere);
        computer.computeTokens(sample, new int[] {3, 4}, nowhere);
        assertThrows(IllegalStateException.class, () -> computer.compute(List.of(sample), failing));
      }
      assertEquals(before, managedArrays(model));
    }
  }

  private static int managedArrays(TinyModel model) {
    NDArray weight = model.parameters().values().iterator().next();
    return model.manager().getManagedArrays().size()
        + weight.getManager().getManagedArrays().size();
  }

  @Test
  void selectsParametersByKindAndByName() {
    try (TinyModel model = new TinyModel(Variant.ADAPTED, 29)) {
      assertEquals(2 * 3 * 2, names(model, "adapter").size());
      assertEquals(2 * 7, names(model, "linear").size());
      assertEquals(List.of("lm_head.weight"), names(model, "lm_head.weight"));
      assertEquals(
          List.of("model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"),
          names(model, "*.up_proj.*"));
      assertEquals(
          List.of("model.layers.0.mlp.up_proj.weight", "model.norm.weight"),
          names(model, "model.norm.weight", "*.0.*.up_proj.weight", "model.norm.*"));
    }
  }

  private static List<String> names(TinyModel model, String... selectors) {
    return new GradientComputer(model.manager(), model.decoder(), List.of(selectors))
        .parameters().stream().map(Parameter::name).toList();
  }

  @Test
  void refusesASelectorThatFitsNothing() {
    try (TinyModel model = new TinyModel(Variant.BIASED, 30)) {
      IllegalArgumentException pattern =
          assertThrows(IllegalArgumentException.class, () -> names(model, "model.layers.7.*"));
      assertTrue(pattern.getMessage().contains("[model.layers.7.*] fits none"));
      IllegalArgumentException adapter =
          assertThrows(IllegalArgumentException.class, () -> names(model, "adapter"));
      assertTrue(adapter.getMessage().contains("without an adapter"));
    }
  }

  @Test
  void refusesASampleWithoutLoss() {
    try (TinyModel model = new TinyModel(Variant.BIASED, 31)) {
      GradientComputer computer = all(model);
      WeightedSequence silent = new WeightedSequence(new long[] {1, 2}, new float[2]);
      TensorSink nowhere = gradient -> {};
      assertThrows(
          IllegalArgumentException.class, () -> computer.compute(List.of(silent), nowhere));
      for (int position : new int[] {-1, 0, 2}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> computer.computeTokens(silent, new int[] {position}, nowhere));
      }
    }
  }

  private static GradientComputer all(TinyModel model) {
    return new GradientComputer(model.manager(), model.decoder(), List.of("*"));
  }

  /** Mean loss over the last tokens of a random sequence. */
  private static WeightedSequence sample(TinyModel model, Random random, int length, int loss) {
    float[] weights = new float[length];
    for (int t = length - loss; t < length; t++) {
      weights[t] = 1f / loss;
    }
    return new WeightedSequence(model.tokens(random, length), weights);
  }

  /** A tensor whose gradient nearly cancels is measured against 1 % of the whole gradient. */
  private static void requireEqual(
      Map<String, float[]> wanted, Map<String, float[]> got, double tolerance) {
    double whole = 0;
    for (float[] gradient : wanted.values()) {
      whole += squares(gradient, new float[gradient.length]);
    }
    for (Map.Entry<String, float[]> entry : wanted.entrySet()) {
      float[] gradient = entry.getValue();
      double difference = squares(gradient, got.get(entry.getKey()));
      double norm = Math.max(squares(gradient, new float[gradient.length]), 1e-4 * whole);
      double error = difference == 0 ? 0 : Math.sqrt(difference / norm);
      assertTrue(error <= tolerance, entry.getKey() + " is off by " + error);
    }
  }

  private static double squares(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return sum;
  }
}
