package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * A router and experts: each token passes the experts that the router finds most probable, whose
 * outputs are summed with their probabilities, made to sum to 1.
 *
 * <p>An expert is given [B, S, hidden]: in each row the tokens that chose it, in order, filled up
 * to the longest row with tokens whose output is not used.
 *
 * @param perToken experts that a token passes
 */
public record Experts(LinearModule router, List<GatedMlp> experts, int perToken) {

  /**
   * Applies the experts.
   *
   * @param x float32, [B, T, hidden]
   * @return float32, [B, T, hidden]
   */
  public NDArray apply(NDArray x, ModuleTap tap) {
    NDManager manager = x.getManager();
    Shape shape = x.getShape();
    int rows = Math.toIntExact(shape.get(0));
    int length = Math.toIntExact(shape.get(1));
    PtNDArray probabilities = (PtNDArray) router.apply(x, tap).softmax(-1);
    NDList best = JniUtils.topK(probabilities, perToken, 2, true, true);
    ExpertRoutes routes = new ExpertRoutes(best.get(1).toLongArray(), rows, length, experts.size());
    PtNDArray tokens = (PtNDArray) x.reshape(-1, shape.get(2));
    NDList outputs = new NDList();
    for (int expert = 0; expert < experts.size(); expert++) {
      Shape chosen = new Shape(rows, routes.width(expert));
      PtNDArray from = (PtNDArray) TorchMemory.longs(manager, chosen, routes.tokens(expert));
      NDArray output = experts.get(expert).apply(JniUtils.embedding(from, tokens, false), tap);
      outputs.add(output.reshape(-1, shape.get(2)));
    }
    PtNDArray all = (PtNDArray) NDArrays.concat(outputs, 0);
    Shape each = new Shape(rows, length, perToken);
    PtNDArray places = (PtNDArray) TorchMemory.longs(manager, each, routes.places());
    NDArray weights = best.get(0).div(best.get(0).sum(new int[] {2}, true));
    return JniUtils.embedding(places, all, false).mul(weights.expandDims(3)).sum(new int[] {2});
  }
}
