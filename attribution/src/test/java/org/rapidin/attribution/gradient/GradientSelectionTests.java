package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.decoder.llama.TinyModel.Variant;

/** Which parameters a computer takes, and which input it refuses. */
class GradientSelectionTests extends GradientComputerTestCase {
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
}
