package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;

/** How a pass runs: what it computes and frees, and that it can be cancelled. */
class GradientPassTests extends GradientComputerTestCase {
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
}
