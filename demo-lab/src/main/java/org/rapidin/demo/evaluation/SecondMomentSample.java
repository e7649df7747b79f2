package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.generation.DemoModel;
import org.rapidin.demo.training.SafetensorsWriter;
import org.rapidin.demo.training.SafetensorsWriter.Precision;

/**
 * Second moments of the gradients of linear layers: their mean squares over some documents at all
 * checkpoints, where the optimizer's own were not kept.
 */
final class SecondMomentSample {
  private static final int BATCH = 16;

  private SecondMomentSample() {}

  /**
   * Estimates and writes the moments of a set's model.
   *
   * @param documents how many of the set's documents
   */
  static void write(TorchRuntime runtime, DemoSet set, int documents, Path file)
      throws IOException {
    Map<String, double[]> sums = new LinkedHashMap<>();
    Map<String, Shape> shapes = new LinkedHashMap<>();
    int checkpoints = DemoAttributor.EPOCHS.size();
    DemoSet some = set.begin(documents, 1);
    for (int epoch : DemoAttributor.EPOCHS) {
      try (DemoModel model =
          new DemoModel(runtime, set.files().models(), DemoAttributor.adapter(epoch))) {
        GradientComputer computer =
            new GradientComputer(model.manager(), model.decoder(), List.of("linear"));
        for (Parameter parameter : computer.parameters()) {
          sums.computeIfAbsent(parameter.name(), _ -> new double[(int) parameter.size()]);
          long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
          shapes.put(parameter.name(), new Shape(shape));
        }
        addSquares(model, computer, some, sums);
      }
    }
    try (NDManager manager = runtime.newManager()) {
      Map<String, NDArray> means = new LinkedHashMap<>();
      double count = (double) checkpoints * some.documents().size();
      sums.forEach(
          (name, sum) ->
              means.put(name, TorchMemory.floats(manager, shapes.get(name), divided(sum, count))));
      SafetensorsWriter.write(file, means, Precision.F32);
    }
  }

  private static void addSquares(
      DemoModel model, GradientComputer computer, DemoSet some, Map<String, double[]> sums) {
    List<WeightedSequence> sequences =
        some.documents().stream()
            .map(document -> model.tokens().completionOnly(DemoAttributor.sample(document)))
            .toList();
    List<Parameter> parameters = computer.parameters();
    for (int from = 0; from < sequences.size(); from += BATCH) {
      computer.compute(
          sequences.subList(from, Math.min(from + BATCH, sequences.size())),
          new DenseRows(
              (_, parameter, gradient) ->
                  addSquares(gradient, sums.get(parameters.get(parameter).name()))));
    }
  }

  private static void addSquares(MemorySegment gradient, double[] sum) {
    for (int i = 0; i < sum.length; i++) {
      double value = gradient.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      sum[i] += value * value;
    }
  }

  private static float[] divided(double[] sum, double count) {
    float[] means = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      means[i] = (float) (sum[i] / count);
    }
    return means;
  }
}
